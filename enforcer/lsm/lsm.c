/* SPDX-License-Identifier: Apache-2.0 */
/* What is loaded: opened to look, or taken to be changed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/base.h"
#include "room.h"

struct lsm *lsm_alloc(const char *pins)
{
	struct lsm *lsm = calloc(1, sizeof(*lsm));
	int i;

	if (!lsm)
		return NULL;
	lsm->pins = strdup(pins ? pins : LSM_PINS);
	lsm->lock = -1;
	for (i = 0; i < LSM_MAPS; i++)
		lsm->map[i] = -1;
	if (lsm->pins)
		return lsm;
	free(lsm);
	return NULL;
}

/* A descriptor of the control map would do to map it for writing, and to switch enforcement off. */
void lsm_narrow(struct lsm *lsm)
{
	size_t i;

	for (i = 0; i < LSM_MAPS; i++) {
		close_fd(&lsm->map[i]);
		lsm->map[i] = -1;
	}
	for (i = 0; i < lsm->n_links; i++)
		close(lsm->links[i].fd);
	lsm->n_links = 0;
}

void lsm_close(struct lsm *lsm)
{
	if (!lsm)
		return;
	lsm_close(lsm->old);
	if (lsm->control && lsm->lock >= 0)
		self_forget(lsm);
	if (lsm->control)
		munmap(lsm->control, sizeof(*lsm->control));
	lsm_narrow(lsm);
	if (lsm->lock >= 0) {
		(void)rmdir(lsm->pins); /* of a load that failed: where nothing is in it */
		close(lsm->lock);
	}
	free(lsm->hooks);
	free(lsm->pins);
	free(lsm);
}

void lsm_closep(struct lsm **lsm)
{
	lsm_close(*lsm);
}

int lsm_link_fd(const struct lsm *lsm, const char *program)
{
	size_t i;

	for (i = 0; i < lsm->n_links; i++)
		if (strcmp(lsm->links[i].program, program) == 0)
			return lsm->links[i].fd;
	return -1;
}

int lsm_map_control(struct lsm *lsm, bool write)
{
	void *p = mmap(NULL, sizeof(*lsm->control), PROT_READ | (write ? PROT_WRITE : 0),
		       MAP_SHARED, lsm->map[MAP_CONTROL], 0);

	if (p == MAP_FAILED)
		return -errno;
	lsm->control = p;
	return 0;
}

/* Why what is pinned is of no use. */
static void tell(int r, struct diag *diag)
{
	if (r == -ENOENT)
		diag_error(diag, NULL, "nothing is loaded");
	if (r == -ENOTRECOVERABLE)
		diag_error(diag, NULL,
			   "somebody has taken away part of what is loaded; `bailiff unload --all` "
			   "takes away the rest");
	if (r != -ESTALE)
		return;
	diag_error(diag, NULL,
		   "what is loaded was made by another version of bailiff; `bailiff load` replaces "
		   "it");
}

bool lsm_is_there(const char *pins)
{
	return pins_are_there(pins ? pins : LSM_PINS);
}

int lsm_open(const char *pins, struct diag *diag, struct lsm **ret_lsm)
{
	CLEANUP(lsm_closep) struct lsm *lsm = lsm_alloc(pins);
	int r;

	if (!lsm)
		return -ENOMEM;
	r = pins_open(lsm, "now", false, diag);
	if (r == 0 && !__atomic_load_n(&lsm->control->generation, __ATOMIC_ACQUIRE))
		r = -ENOENT;
	tell(r, diag);
	if (r == 0)
		*ret_lsm = STEAL(lsm);
	return r;
}

/* A build of its own beside the one that is to go. */
static int replace(struct lsm **lsm, const struct lsm_options *options, struct diag *diag)
{
	struct lsm *fresh = lsm_alloc((*lsm)->pins);

	if (!fresh)
		return -ENOMEM;
	fresh->old = *lsm;
	fresh->lock = fresh->old->lock;
	fresh->old->lock = -1;
	*lsm = fresh;
	return lsm_load(fresh, options, diag);
}

/* Opens what is pinned, or loads. */
static int take(struct lsm **lsm, const struct lsm_options *options, struct diag *diag,
		bool *ret_replaced)
{
	int r = pins_open(*lsm, "now", true, diag);

	if (r == -ENOENT && options->take == LSM_LOAD) {
		r = pins_prepare((*lsm)->pins, diag);
		return r < 0 ? r : lsm_load(*lsm, options, diag);
	}
	if (options->take == LSM_ANY && (r == -ENOENT || r == -ESTALE || r == -ENOTRECOVERABLE)) {
		(*lsm)->empty = r == -ENOENT;
		return 0;
	}
	if (options->take != LSM_LOAD || (r < 0 && r != -ESTALE) ||
	    (r == 0 && lsm_is_current(*lsm))) {
		tell(r, diag);
		return r;
	}
	*ret_replaced = true;
	return replace(lsm, options, diag);
}

int lsm_present(struct lsm *lsm, struct diag *diag)
{
	return self_learn(lsm, diag);
}

/* What a load that was cut short has left behind in the labels. */
static int forget(struct lsm *lsm, struct diag *diag)
{
	uint32_t preparing = lsm->control->preparing;

	if (lsm->old && !lsm->shares) /* how far that one came can't be told */
		lsm->control->preparing = preparing = lsm_next(lsm);
	if (!preparing || preparing == lsm->control->generation) {
		lsm->control->preparing = 0;
		return 0;
	}
	return tasks_forget(lsm, diag);
}

int lsm_take(const struct lsm_options *options, struct diag *diag, struct lsm **ret_lsm,
	     bool *ret_replaced)
{
	CLEANUP(lsm_closep) struct lsm *lsm = lsm_alloc(options->pins);
	bool replaced = false;
	int r = 0;

	if (!lsm)
		return -ENOMEM;
	if (options->take == LSM_LOAD && !options->probed && !pins_are_there(lsm->pins))
		r = probe_kernel(diag);
	if (r == 0 && options->take == LSM_LOAD && !probe_hooks_are_called()) {
		diag_error(diag, NULL,
			   "kernel.ftrace_enabled is 0: the kernel would call no program; sysctl "
			   "kernel.ftrace_enabled=1");
		r = -ENOSYS;
	}
	if (r == 0)
		r = tasks_lock(diag, &lsm->lock);
	if (r == 0)
		r = pins_recover(lsm->pins, diag);
	if (r == 0)
		r = take(&lsm, options, diag, &replaced);
	if (r == 0 && options->take != LSM_ANY)
		r = self_tell(lsm, diag);
	if (r == 0 && options->take != LSM_ANY)
		r = forget(lsm, diag);
	if (r < 0)
		return r;
	*ret_lsm = STEAL(lsm);
	*ret_replaced = replaced;
	return 0;
}

void lsm_rest(struct lsm *lsm)
{
	if (lsm->lock < 0)
		return;
	if (lsm->control)
		self_forget(lsm);
	(void)flock(lsm->lock, LOCK_UN);
}

int lsm_resume(struct lsm *lsm, struct diag *diag)
{
	int r = lsm->lock < 0 ? -EBADF : tasks_relock(lsm->lock, diag);

	if (r < 0)
		return r;
	/* A child's copy is of before its parent published. */
	lsm_close(lsm->old);
	lsm->old = NULL;
	lsm->pinned = true;
	self_present(lsm);
	/* That may have been cut short. */
	(void)pins_recover(lsm->pins, NULL);
	return 0;
}

uint64_t lsm_audit(const struct lsm *lsm)
{
	uint32_t generation = __atomic_load_n(&lsm->control->generation, __ATOMIC_ACQUIRE);

	return __atomic_load_n(&lsm->control->audit[generation & 1], __ATOMIC_ACQUIRE);
}

void lsm_seal(struct lsm *lsm)
{
	__atomic_store_n(&lsm->control->locked, 1, __ATOMIC_SEQ_CST);
}

int lsm_unload(struct lsm *lsm, struct diag *diag)
{
	int r;

	if (lsm->lock < 0)
		return -EBADF;
	/* All of it stops at once, not hook by hook. */
	if (lsm->control)
		__atomic_store_n(&lsm->control->generation, 0, __ATOMIC_SEQ_CST);
	if (lsm->old)
		__atomic_store_n(&lsm->old->control->generation, 0, __ATOMIC_SEQ_CST);
	/* What one that failed has left goes, too. */
	r = pins_drop(lsm->pins, diag);
	if (r < 0)
		diag_note(diag, NULL,
			  "nothing is enforced any more; `bailiff unload --all` takes away what is "
			  "left");
	return r == 0 && lsm->empty ? -ENOENT : r;
}
