/* SPDX-License-Identifier: Apache-2.0 */
/* What SQLite says, in words that lead on. */
#include <errno.h>

#include "room.h"

static const struct {
	int code, error;
	const char *next;
} meanings[] = {
	{SQLITE_BUSY, EBUSY, "another process has been writing to it all the time; is one stuck?"},
	{SQLITE_LOCKED, EBUSY,
	 "another process has been writing to it all the time; is one stuck?"},
	{SQLITE_PROTOCOL, EBUSY, "many processes want it at once; try again"},
	{SQLITE_FULL, ENOSPC, "make room on its file system, or allow it a larger size"},
	{SQLITE_READONLY, EROFS, "is its file system mounted read-only, or is it another user's?"},
	{SQLITE_PERM, EACCES, "run as the user whose store this is"},
	{SQLITE_AUTH, EACCES, "run as the user whose store this is"},
	{SQLITE_CANTOPEN, EACCES, "may this user open it, and write to its directory?"},
	{SQLITE_CORRUPT, EUCLEAN, "move it away: a new one is made, and this one can be searched"},
	{SQLITE_NOTADB, EUCLEAN, "this is no store: name another file, or move this one away"},
	{SQLITE_FORMAT, EUCLEAN, "this is no store: name another file, or move this one away"},
	{SQLITE_NOMEM, ENOMEM, "free some memory"},
	{SQLITE_TOOBIG, EUCLEAN, "move it away: a new one is made, and this one can be searched"},
	{SQLITE_MISMATCH, EUCLEAN, "move it away: a new one is made, and this one can be searched"},
	{SQLITE_CONSTRAINT, EUCLEAN,
	 "move it away: a new one is made, and this one can be searched"},
	{SQLITE_ERROR, EUCLEAN, "move it away: a new one is made, and this one can be searched"},
	{SQLITE_IOERR, EIO, "what does the kernel's log say of its disk?"},
};

static size_t meaning(sqlite3 *db, int code)
{
	size_t i;

	/* SQLite knows one errno for a lack of room; a quota or a limit has others. */
	if ((code == SQLITE_IOERR_WRITE || code == SQLITE_IOERR_SHMSIZE) && db &&
	    sqlite3_system_errno(db) != EIO)
		code = SQLITE_FULL;
	for (i = 0; i < ARRAY_LEN(meanings) - 1; i++)
		if (meanings[i].code == (code & 0xff))
			break;
	return i;
}

int store_errno(sqlite3 *db, int code)
{
	return -meanings[meaning(db, code)].error;
}

int store_failed(const struct store *store, const char *operation, struct diag *diag)
{
	int code = sqlite3_extended_errcode(store->db);
	const char *why = sqlite3_errmsg(store->db);
	size_t i;

	/* SQLite finds nothing wrong: it was us. */
	if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) {
		code = SQLITE_CORRUPT;
		why = "its numbers make no sense";
	}
	i = meaning(store->db, code);
	diag_error(diag, NULL, "%s the store %s: %s (%d); %s", operation, store->path, why, code,
		   meanings[i].next);
	return -meanings[i].error;
}

int store_refuse(const struct store *store, struct diag *diag, const char *why, const char *next)
{
	diag_error(diag, NULL, "open the store %s: %s; %s", store->path, why, next);
	return -EINVAL;
}
