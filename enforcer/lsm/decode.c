/* SPDX-License-Identifier: Apache-2.0 */
#include "decode.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RULE_SLOTS 1024u

struct rule_slot {
	uint32_t generation, rule;
	bool used, known;
	struct ruleset_rule text;
};

struct image {
	uint32_t generation; /* 0: there is none */
	struct ruleset set;
	const char *policies[BL_PLACES];
	uint64_t places[BL_PLACES]; /* by policy */
};

struct decoder {
	struct image images[DECODE_IMAGES]; /* the newest first */
	struct people *people;
	lsm_policy_of *policy_of;
	void *context;
	struct bl_record record;
	char object[DECODE_OBJECT_MAX];
	struct rule_slot rules[RULE_SLOTS];
};

int decoder_new(struct decoder **ret_decoder)
{
	struct decoder *decoder = calloc(1, sizeof(*decoder));
	int r = decoder ? people_new(&decoder->people) : -ENOMEM;

	if (r < 0) {
		free(decoder);
		return r;
	}
	*ret_decoder = decoder;
	return 0;
}

void decoder_free(struct decoder *decoder)
{
	if (!decoder)
		return;
	for (size_t i = 0; i < DECODE_IMAGES; i++)
		ruleset_clear(&decoder->images[i].set);
	people_free(decoder->people);
	free(decoder);
}

void decoder_take(struct decoder *decoder, uint32_t generation, struct ruleset *set)
{
	struct image *image = &decoder->images[0];
	struct ruleset_policy policy;

	ruleset_clear(&decoder->images[DECODE_IMAGES - 1].set);
	memmove(image + 1, image, (DECODE_IMAGES - 1) * sizeof(*image));
	*image = (struct image){.generation = generation, .set = *set};
	*set = (struct ruleset){.blocks = NULL};
	/* What was remembered points into an image that is gone. */
	memset(decoder->rules, 0, sizeof(decoder->rules));
	for (size_t i = 0; ruleset_policy(&image->set, i, &policy) == 0; i++) {
		if (policy.bit >= BL_PLACES)
			continue;
		image->policies[policy.bit] = policy.name;
		image->places[policy.bit] = policy.places;
	}
}

static const struct image *image_of(const struct decoder *decoder, uint32_t generation)
{
	for (size_t i = 0; i < DECODE_IMAGES; i++)
		if (generation && decoder->images[i].generation == generation)
			return &decoder->images[i];
	return NULL;
}

bool decoder_knows(const struct decoder *decoder, uint32_t generation)
{
	return image_of(decoder, generation) != NULL;
}

void decoder_helper(struct decoder *decoder, const struct lsm_helper *helper)
{
	people_helper(decoder->people, helper);
}

void decoder_policies(struct decoder *decoder, lsm_policy_of *policy_of, void *context)
{
	decoder->policy_of = policy_of;
	decoder->context = context;
}

void decoder_begin(struct decoder *decoder)
{
	people_begin(decoder->people);
}

uint32_t decoder_generation(const void *data, size_t length)
{
	uint32_t generation;

	if (length < sizeof(struct bl_record))
		return 0;
	memcpy(&generation, (const char *)data + offsetof(struct bl_record, generation),
	       sizeof(generation));
	return generation;
}

static bool is_sound(const struct bl_record *record, size_t length)
{
	return (record->kind == BL_RECORD_VERDICT || record->kind == BL_RECORD_SYSCALL) &&
	       record->verdict >= BL_DENIED && record->verdict <= BL_AUDITED &&
	       record->op < BL_OP_END && record->error < 4096 &&
	       record->n_ancestors <= BL_ANCESTORS && record->policy <= BL_PLACES &&
	       record->object_bytes <= BL_OBJECT_MAX && record->exe_bytes <= BL_OBJECT_MAX &&
	       length - sizeof(*record) >= (size_t)record->object_bytes + record->exe_bytes;
}

/* The texts of a rule, which many records in a row may name. */
static const struct ruleset_rule *rule_of(struct decoder *decoder, const struct image *image,
					  uint32_t rule)
{
	struct rule_slot *slot = &decoder->rules[(rule ^ image->generation << 9) % RULE_SLOTS];

	if (!slot->used || slot->rule != rule || slot->generation != image->generation) {
		slot->used = true;
		slot->rule = rule;
		slot->generation = image->generation;
		slot->known = ruleset_rule(&image->set, rule, &slot->text) == 0;
	}
	return slot->known ? &slot->text : NULL;
}

/* The policy in whose name it is told. A policy keeps its bit, so any image knows it. */
static const char *policy_name(const struct decoder *decoder, const struct image *image)
{
	const struct bl_record *record = &decoder->record;

	if (!image)
		image = &decoder->images[0];
	if (record->policy < BL_PLACES)
		return image->policies[record->policy];
	for (size_t i = 0; i < BL_PLACES; i++)
		if (record->place < BL_PLACES && image->places[i] >> record->place & 1)
			return image->policies[i];
	return NULL;
}

static enum policy_class class_of(uint32_t op)
{
	if (op <= BL_OP_EXECUTE)
		return CLASS_FILES;
	switch (op) {
	case BL_OP_EXEC:
	case BL_OP_MAP:
	case BL_OP_WORD:
		return CLASS_EXEC;
	case BL_OP_CAPABILITY:
		return CLASS_CAPABILITIES;
	case BL_OP_SURFACE:
		return CLASS_KERNEL;
	case BL_OP_SYSCALL:
		return CLASS_SYSCALLS;
	case BL_OP_SELF:
	case BL_OP_ESCAPE:
		return (enum policy_class)0; /* bailiff's own: no class */
	default:
		return CLASS_NETWORK;
	}
}

static void add_rule(struct decoder *decoder, const struct image *image, struct event *event)
{
	const struct ruleset_rule *rule = NULL;

	if (image && decoder->record.rule != BL_NO_RULE)
		rule = rule_of(decoder, image, decoder->record.rule);
	if (!rule)
		return;
	event->policy = rule->policy;
	event->rule_file = rule->file;
	event->rule_line = rule->line;
	event->why = rule->why;
	event->class = rule->class;
}

/* The image knows no calls. Whoever launched the program may know its policy. */
static void add_call(struct decoder *decoder, struct event *event)
{
	const struct bl_record *record = &decoder->record;
	struct event_call *call = &event->call;
	const struct policy_rule *rule;
	struct policy_decision decision;
	const struct policy *policy;

	event->plane = "seccomp";
	event->has_call = true;
	call->audit_arch = record->audit_arch;
	call->nr = (uint32_t)record->object;
	memcpy(call->args, record->args, sizeof(call->args));
	call->foreign = arch_of_call(call->audit_arch, call->nr, &call->arch) < 0;
	policy = decoder->policy_of && event->policy
			 ? decoder->policy_of(decoder->context, event->policy)
			 : NULL;
	if (!policy)
		return;
	decision = call->foreign ? policy_decide_foreign(policy)
				 : policy_decide(policy, call->arch, call->nr, call->args);
	if (decision.rule >= policy->n_rules)
		return;
	rule = &policy->rules[decision.rule];
	event->class = rule->class;
	event->rule_file = rule->pos.file;
	event->rule_line = rule->pos.line;
	event->why = rule->why;
	/* The kernel does not say which. */
	if (event->verdict == VERDICT_DENIED && decision.action == ACTION_ERRNO)
		event->error = decision.error;
}

static const enum event_verdict verdicts[] = {
	[BL_DENIED] = VERDICT_DENIED,
	[BL_KILLED] = VERDICT_KILLED,
	[BL_WOULD_DENY] = VERDICT_WOULD_DENY,
	[BL_AUDITED] = VERDICT_AUDITED,
};

int decoder_read(struct decoder *decoder, const void *data, size_t length, struct event *ret_event)
{
	const char *bytes = (const char *)data + sizeof(decoder->record);
	struct bl_record *record = &decoder->record;
	const struct image *image;
	struct event event;
	int64_t time;

	if (length < sizeof(*record))
		return -EBADMSG;
	memcpy(record, data, sizeof(*record));
	if (!is_sound(record, length))
		return -EBADMSG;
	image = image_of(decoder, record->generation);
	time = people_time(decoder->people, record->time);
	event = (struct event){
		.time = {time / 1000000000, time % 1000000000},
		.policy = policy_name(decoder, image),
		.class = class_of(record->op),
		.verdict = verdicts[record->verdict],
		.error = (int)record->error,
		.plane = "lsm",
		.operation = decode_operation(record),
		.host = people_host(decoder->people),
		.has_generation = record->generation != 0,
		.generation = record->generation,
		.count = 1,
	};
	if (record->kind == BL_RECORD_SYSCALL)
		add_call(decoder, &event);
	else
		add_rule(decoder, image, &event);
	if (decode_object(record, bytes, decoder->object))
		event.object = decoder->object;
	event.process = people_of(decoder->people, record, bytes + record->object_bytes);
	*ret_event = event;
	return 0;
}
