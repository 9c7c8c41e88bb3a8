/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record of the audit stream, from the bytes of its datagram: a netlink header, then
 * "audit(SECONDS.MILLISECONDS:SERIAL): key=value key=value". What a program can choose is in quotation
 * marks, or in hexadecimal where it has any of these, blanks, or what is not ASCII. So no value has a blank,
 * but for labels of security modules, which come last: of two fields of one name the first one counts.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <string.h>

#include "audit.h"

#define TYPE_SYSCALL  1300
#define TYPE_EOE      1320
#define TYPE_URINGOP  1336
#define TYPE_LANDLOCK 1423
#define TYPE_DOMAIN   1424

struct text {
	const char *data;
	size_t length;
};

static bool is(struct text text, const char *word)
{
	return text.length == strlen(word) && memcmp(text.data, word, text.length) == 0;
}

/* The value of a field; *ret_value is empty where there is none. */
static bool find(struct text fields, const char *key, struct text *ret_value)
{
	size_t key_length = strlen(key);
	const char *at = fields.data, *end = fields.data + fields.length, *stop;

	*ret_value = (struct text){.data = at};
	for (; at < end; at = stop + 1) {
		stop = memchr(at, ' ', (size_t)(end - at));
		if (!stop)
			stop = end;
		if ((size_t)(stop - at) <= key_length || at[key_length] != '=' ||
		    memcmp(at, key, key_length) != 0)
			continue;
		ret_value->data = at + key_length + 1;
		ret_value->length = (size_t)(stop - ret_value->data);
		return true;
	}
	return false;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

/* All of the text is a number, and one of these. */
static bool number(struct text text, int base, uint64_t most, uint64_t *ret_number)
{
	uint64_t value = 0;

	for (size_t i = 0; i < text.length; i++) {
		int d = digit(text.data[i]);

		if (d >= base || __builtin_mul_overflow(value, (uint64_t)base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)d, &value) || value > most)
			return false;
	}
	if (!text.length)
		return false;
	*ret_number = value;
	return true;
}

static uint64_t find_number(struct text fields, const char *key, uint64_t most, uint64_t otherwise)
{
	struct text value;
	uint64_t n;

	return find(fields, key, &value) && number(value, 10, most, &n) ? n : otherwise;
}

/* What audit_log_untrustedstring() wrote: "text" or hexadecimal; (null) and the like are neither. The
 * length; what does not fit is not known. */
static size_t untrusted(struct text value, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	if (value.length >= 2 && value.data[0] == '"' && value.data[value.length - 1] == '"') {
		n = value.length - 2;
		if (n >= size)
			return 0;
		memcpy(out, value.data + 1, n);
		out[n] = '\0';
		return n;
	}
	if (value.length % 2 || value.length / 2 >= size)
		return 0;
	for (; n < value.length / 2; n++) {
		int high = digit(value.data[2 * n]), low = digit(value.data[2 * n + 1]);

		if (high > 15 || low > 15) {
			out[0] = '\0';
			return 0;
		}
		out[n] = (char)(high << 4 | low);
	}
	out[n] = '\0';
	return n;
}

static size_t find_untrusted(struct text fields, const char *key, char *out, size_t size)
{
	struct text value;

	find(fields, key, &value);
	return untrusted(value, out, size);
}

/* "audit(1795389657.908:7): ", which is taken off. */
static int take_stamp(struct text *fields, struct audit_record *record)
{
	static const char start[] = "audit(";
	const char *at = fields->data, *end = at + fields->length, *dot, *colon, *close;
	uint64_t seconds, ms;

	if (fields->length < sizeof(start) || memcmp(at, start, sizeof(start) - 1) != 0)
		return -EINVAL;
	at += sizeof(start) - 1;
	close = memchr(at, ')', (size_t)(end - at));
	colon = close ? memchr(at, ':', (size_t)(close - at)) : NULL;
	dot = colon ? memchr(at, '.', (size_t)(colon - at)) : NULL;
	if (!dot || end - close < 2 || close[1] != ':' ||
	    !number((struct text){at, (size_t)(dot - at)}, 10, INT64_MAX / 1000000000 - 1,
		    &seconds) ||
	    !number((struct text){dot + 1, (size_t)(colon - dot - 1)}, 10, 999, &ms) ||
	    !number((struct text){colon + 1, (size_t)(close - colon - 1)}, 10, UINT64_MAX,
		    &record->serial))
		return -EINVAL;
	record->time_ns = (int64_t)(seconds * 1000000000 + ms * 1000000);
	fields->data = close + 2;
	fields->length = (size_t)(end - fields->data);
	return 0;
}

static const struct {
	const char *word;
	enum audit_blocker blocker;
} blockers[] = {
	{"scope.abstract_unix_socket", BLOCKER_ABSTRACT_UNIX},
	{"scope.signal", BLOCKER_SIGNAL},
	{"ptrace", BLOCKER_PTRACE},
	{"fs.change_topology", BLOCKER_TOPOLOGY},
};

static bool take_right(struct text word, const char *prefix, const char *(*name)(unsigned bit),
		       uint64_t *rights)
{
	size_t length = strlen(prefix);
	const char *right;

	if (word.length <= length || memcmp(word.data, prefix, length) != 0)
		return false;
	word.data += length;
	word.length -= length;
	for (unsigned bit = 0; (right = name(bit)); bit++) {
		if (!is(word, right))
			continue;
		*rights |= 1ull << bit;
		return true;
	}
	return false;
}

static void take_blocker(struct text word, struct audit_record *record)
{
	for (size_t i = 0; i < ARRAY_LEN(blockers); i++)
		if (is(word, blockers[i].word))
			record->blocker = blockers[i].blocker;
	if (take_right(word, "fs.", landlock_fs_name, &record->rights))
		record->blocker = BLOCKER_FS;
	else if (take_right(word, "net.", landlock_net_name, &record->rights))
		record->blocker = BLOCKER_NET;
}

/* "fs.remove_file,fs.make_reg": those of one record are of one kind. */
static int take_blockers(struct text fields, struct audit_record *record)
{
	struct text value, word;
	const char *comma;

	if (!find(fields, "blockers", &value) || !value.length)
		return -EINVAL;
	while (value.length) {
		comma = memchr(value.data, ',', value.length);
		word = (struct text){value.data,
				     comma ? (size_t)(comma - value.data) : value.length};
		take_blocker(word, record);
		value.data += word.length + (comma != NULL);
		value.length -= word.length + (comma != NULL);
	}
	return 0;
}

static void take_address(struct text fields, struct audit_record *record)
{
	struct text value;

	/* What is bound to, or what is connected to: never both. A port of 0 is left out. */
	if (!find(fields, "saddr", &value) && !find(fields, "daddr", &value))
		value.length = 0;
	if (value.length && value.length < sizeof(record->address))
		memcpy(record->address, value.data, value.length);
	record->port = (uint16_t)find_number(fields, "src", UINT16_MAX,
					     find_number(fields, "dest", UINT16_MAX, 0));
}

static void take_object(struct text fields, struct audit_record *record)
{
	size_t n = find_untrusted(fields, "path", record->object, sizeof(record->object));

	if (record->blocker == BLOCKER_ABSTRACT_UNIX) {
		/* The NUL that says that it is one goes; the name may hold others. */
		n = n && !record->object[0] ? n : 0;
		memmove(record->object, record->object + 1, n);
		record->object[n ? n - 1 : 0] = '\0';
		record->object_length = n ? n - 1 : 0;
		return;
	}
	if (!n) {
		n = find_untrusted(fields, "name", record->object, sizeof(record->object));
		record->partial = n > 0;
	}
	/* "<too_long>" and the like; and no path of a file holds a NUL. */
	if (strlen(record->object) != n || record->object[0] == '<') {
		record->object[0] = '\0';
		n = 0;
	}
	record->object_length = n;
}

static int take_access(struct text fields, struct audit_record *record)
{
	int r = take_blockers(fields, record);

	if (r < 0)
		return r;
	record->type = AUDIT_ACCESS;
	if (record->blocker == BLOCKER_NET)
		take_address(fields, record);
	else
		take_object(fields, record);
	record->other = (pid_t)find_number(fields, "opid", INT_MAX, 0);
	find_untrusted(fields, "ocomm", record->other_comm, sizeof(record->other_comm));
	return 0;
}

static void take_who(struct text fields, struct audit_record *record)
{
	record->pid = (pid_t)find_number(fields, "pid", INT_MAX, 0);
	find_untrusted(fields, "exe", record->exe, sizeof(record->exe));
	find_untrusted(fields, "comm", record->comm, sizeof(record->comm));
}

static int take_domain(struct text fields, struct audit_record *record)
{
	struct text status, value;

	if (!find(fields, "status", &status))
		return -EINVAL;
	if (is(status, "allocated")) {
		record->type = AUDIT_MADE;
		record->uid = (int64_t)find_number(fields, "uid", UINT32_MAX, UINT64_MAX);
		take_who(fields, record);
		return record->pid ? 0 : -EINVAL;
	}
	record->type = AUDIT_GONE;
	return is(status, "deallocated") && find(fields, "denials", &value) &&
			       number(value, 10, INT64_MAX, &record->denials)
		       ? 0
		       : -EINVAL;
}

static int take_task(struct text fields, struct audit_record *record)
{
	struct text value;
	uint64_t error;

	record->type = AUDIT_TASK;
	take_who(fields, record);
	record->uid = (int64_t)find_number(fields, "euid", UINT32_MAX, UINT64_MAX);
	record->gid = (int64_t)find_number(fields, "egid", UINT32_MAX, UINT64_MAX);
	if (find(fields, "exit", &value) && value.length && value.data[0] == '-') {
		value.data++;
		value.length--;
		/* Beyond are the kernel's own, which no program gets. */
		if (number(value, 10, 511, &error))
			record->error = (int)error;
	}
	return record->pid ? 0 : -EINVAL;
}

static int take_fields(unsigned type, struct text fields, struct audit_record *record)
{
	struct text value;

	switch (type) {
	case TYPE_SYSCALL:
	case TYPE_URINGOP:
		return take_task(fields, record);
	case TYPE_EOE:
		record->type = AUDIT_DONE;
		return 0;
	default:
		if (!find(fields, "domain", &value) ||
		    !number(value, 16, UINT64_MAX, &record->domain) || !record->domain)
			return -EINVAL;
		return type == TYPE_LANDLOCK ? take_access(fields, record)
					     : take_domain(fields, record);
	}
}

int audit_parse(const void *datagram, size_t length, struct audit_record *ret_record)
{
	struct audit_record *record = ret_record;
	struct nlmsghdr header;
	struct text fields;
	int r;

	if (length <= sizeof(header))
		return -EINVAL;
	memcpy(&header, datagram, sizeof(header));
	switch (header.nlmsg_type) {
	case TYPE_SYSCALL:
	case TYPE_URINGOP:
	case TYPE_EOE:
	case TYPE_LANDLOCK:
	case TYPE_DOMAIN:
		break;
	default:
		return -EINVAL;
	}
	fields.data = (const char *)datagram + sizeof(header);
	fields.length = length - sizeof(header);
	/* The netlink length has meant different things over time; there is one record a datagram. */
	fields.length = strnlen(fields.data, fields.length);
	*record = (struct audit_record){.uid = -1, .gid = -1};
	r = take_stamp(&fields, record);
	return r < 0 ? r : take_fields(header.nlmsg_type, fields, record);
}
