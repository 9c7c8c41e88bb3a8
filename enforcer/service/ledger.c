/* SPDX-License-Identifier: Apache-2.0 */
/* What a front has taken in and not handed on, in memory that outlives it. */
#include <stdlib.h>
#include <sys/mman.h>

#include "room.h"

struct ledger {
	uint64_t unreported, unstored;
	uint64_t batch; /* violations of the batch that is on its way to the writer */
};

struct ledger *ledger_new(uint64_t unreported)
{
	struct ledger *ledger = mmap(NULL, sizeof(*ledger), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (ledger == MAP_FAILED)
		return NULL;
	ledger->unreported = unreported;
	return ledger;
}

void ledger_free(struct ledger *ledger)
{
	if (ledger)
		munmap(ledger, sizeof(*ledger));
}

void ledger_take(struct ledger *ledger, uint64_t violations)
{
	__atomic_fetch_add(&ledger->unreported, violations, __ATOMIC_RELAXED);
	ledger_owe(ledger, violations);
}

void ledger_owe(struct ledger *ledger, uint64_t violations)
{
	__atomic_fetch_add(&ledger->unstored, violations, __ATOMIC_RELAXED);
}

void ledger_reported(struct ledger *ledger, uint64_t unreported)
{
	__atomic_store_n(&ledger->unreported, unreported, __ATOMIC_RELAXED);
}

void ledger_sends(struct ledger *ledger, uint64_t violations)
{
	__atomic_store_n(&ledger->batch, violations, __ATOMIC_RELEASE);
}

/* Whoever is killed in here has it counted as lost as well: rather that than not at all. */
void ledger_stored(struct ledger *ledger)
{
	uint64_t batch = __atomic_exchange_n(&ledger->batch, 0, __ATOMIC_ACQ_REL);

	__atomic_fetch_sub(&ledger->unstored, batch, __ATOMIC_RELAXED);
}

uint64_t ledger_unreported(const struct ledger *ledger)
{
	return __atomic_load_n(&ledger->unreported, __ATOMIC_RELAXED);
}

uint64_t ledger_unstored(const struct ledger *ledger)
{
	return __atomic_load_n(&ledger->unstored, __ATOMIC_RELAXED);
}
