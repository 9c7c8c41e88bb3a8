/* SPDX-License-Identifier: Apache-2.0 */
/* What the front may not find out for itself, the keeper tells it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bailiff/load.h"
#include "bailiff/proc.h"
#include "room.h"

int answers_new(const struct service_options *options, struct answers *ret_answers)
{
	struct answers answers = {.options = options, .proc = -1};
	int r = proc_cgroups_new(&answers.cgroups);

	if (r < 0)
		return r;
	answers.proc = proc_open();
	*ret_answers = answers;
	return 0;
}

void answers_clear(struct answers *answers)
{
	governor_clear(&answers->governor);
	proc_cgroups_free(answers->cgroups);
	close_fd(&answers->proc);
	*answers = (struct answers){.proc = -1};
}

int answer_file(const char *name, const void *bytes, size_t length, int *ret_fd)
{
	CLEANUP(close_fd) int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r;

	if (fd < 0)
		return -errno;
	r = write_all(fd, bytes, length);
	if (r < 0)
		return r;
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return -errno;
	*ret_fd = fd;
	fd = -1;
	return 0;
}

int answer_image(int end)
{
	CLEANUP(lsm_closep) struct lsm *lsm = NULL;
	struct message message = {.kind = MESSAGE_IMAGE};
	struct ruleset set = {.blocks = NULL};
	CLEANUP(close_fd) int fd = -1;
	int r = lsm_open(NULL, NULL, &lsm);

	if (r == 0)
		r = lsm_image(lsm, &message.generation, &set);
	if (r == 0) {
		message.number = (uint64_t)set.n_blocks * BL_BLOCK;
		r = answer_file("bailiff-image", set.blocks, message.number, &fd);
	}
	message.result = r;
	ruleset_clear(&set);
	return channel_send(end, &message, fd);
}

static void answer_govern(struct answers *answers, const struct message *message, int fd,
			  struct message *reply)
{
	reply->result =
		govern(&answers->governor, fd, message->user, message->text, message->number,
		       reply->text, sizeof(reply->text), &reply->generation);
}

static void answer_cgroup(struct answers *answers, const struct message *message,
			  struct message *reply)
{
	const char *path = proc_cgroup(answers->cgroups, message->number);

	reply->result = path ? 0 : -ENOENT;
	if (path)
		snprintf(reply->text, sizeof(reply->text), "%s", path);
}

/* Only of the process that started then. */
static void answer_program(struct answers *answers, const struct message *message,
			   struct message *reply)
{
	CLEANUP(close_fd) int task = proc_task(answers->proc, (pid_t)message->user);
	char text[PROC_BYTES];
	struct proc_stat stat;

	reply->result = -ENOENT;
	if (task >= 0 && proc_stat(task, text, &stat) && stat.start == message->number &&
	    proc_exe(task, reply->text))
		reply->result = 0;
}

/* By a name, which is no path. */
static int answer_policy(const struct message *message, struct message *reply)
{
	int fd = -EINVAL;

	if (request_is_name(message->text, strlen(message->text)) && message->number <= UINT32_MAX)
		fd = load_kept_open((uint32_t)message->number, message->text);
	reply->result = fd < 0 ? fd : 0;
	return fd < 0 ? -1 : fd;
}

static int answer_turn(const struct service_options *options, int end,
		       const struct message *message)
{
	struct message reply = {.kind = MESSAGE_REPORT, .result = -EINVAL};
	CLEANUP(close_fd) int fd = -1;

	if (options->rotation.bytes && options->report)
		reply.result = sink_put_aside(
			options->report, &options->rotation,
			message->number < SINK_BUFFER ? message->number : SINK_BUFFER, &fd);
	return channel_send(end, &reply, fd);
}

int answer(struct answers *answers, int end, const struct message *message, int fd)
{
	struct message reply = {.kind = MESSAGE_ANSWER, .id = message->id};
	CLEANUP(close_fd) int with = -1;

	switch (message->kind) {
	case MESSAGE_TURN:
		return answer_turn(answers->options, end, message);
	case MESSAGE_WANT:
		return answer_image(end);
	case MESSAGE_MEASURE:
		return answer_figures(end);
	case MESSAGE_GOVERN:
		answer_govern(answers, message, fd, &reply);
		break;
	case MESSAGE_CGROUP:
		answer_cgroup(answers, message, &reply);
		break;
	case MESSAGE_PROGRAM:
		answer_program(answers, message, &reply);
		break;
	case MESSAGE_POLICY:
		with = answer_policy(message, &reply);
		break;
	default:
		return -EBADMSG;
	}
	return channel_send(end, &reply, with);
}
