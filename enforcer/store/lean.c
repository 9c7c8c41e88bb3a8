/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQLite, as far as a store needs it. In the static program its extensions that search texts and maps, and
 * its loader of others, are left out: defined here, they are not fetched from its archive. That is a tenth of
 * the program, and code that no file can reach then.
 */
#include "room.h"

void store_start(void)
{
	/* Refused once SQLite is in use; it is no matter then. */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

#ifdef BAILIFF_STATIC
int sqlite3Fts3Init(sqlite3 *db);
int sqlite3Fts5Init(sqlite3 *db);
int sqlite3RtreeInit(sqlite3 *db);
int sqlite3DbstatRegister(sqlite3 *db);
int sqlite3StmtVtabInit(sqlite3 *db);
void *__wrap_dlopen(const char *file, int mode);

int sqlite3Fts3Init(sqlite3 *db UNUSED)
{
	return SQLITE_OK;
}

int sqlite3Fts5Init(sqlite3 *db UNUSED)
{
	return SQLITE_OK;
}

int sqlite3RtreeInit(sqlite3 *db UNUSED)
{
	return SQLITE_OK;
}

int sqlite3DbstatRegister(sqlite3 *db UNUSED)
{
	return SQLITE_OK;
}

int sqlite3StmtVtabInit(sqlite3 *db UNUSED)
{
	return SQLITE_OK;
}

/* By the linker's --wrap: a static program can't open another at all. */
void *__wrap_dlopen(const char *file UNUSED, int mode UNUSED)
{
	return NULL;
}
#endif
