/* SPDX-License-Identifier: Apache-2.0 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "room.h"

#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* 0: execve may try it. Positive errno. With our effective ids and capabilities. *ret_found: there
 * is something of that name (a directory that can't be searched does not say). */
IN_CHILD static int executable(const char *path, bool *ret_found)
{
	struct stat st;

	*ret_found = false;
	if (stat(path, &st) < 0)
		return errno;
	*ret_found = true;
	if (!S_ISREG(st.st_mode))
		return EACCES;
	if (syscall(SYS_faccessat2, AT_FDCWD, path, X_OK, AT_EACCESS) == 0)
		return 0;
	/* Older than 5.8, or shut by a filter that is older than the call: execve itself will say.
	 */
	if (errno == ENOSYS || errno == EPERM)
		return st.st_mode & 0111 ? 0 : EACCES;
	return errno;
}

/* dir/name into ret_path[PATH_MAX]; false: too long. */
IN_CHILD static bool join(const char *dir, size_t length, const char *name, char *ret_path)
{
	size_t size = 0, i;

	if (length + 2 > PATH_MAX)
		return false;
	for (i = 0; i < length; i++)
		ret_path[size++] = dir[i];
	if (length)
		ret_path[size++] = '/';
	for (i = 0; name[i]; i++) {
		if (size + 1 >= PATH_MAX)
			return false;
		ret_path[size++] = name[i];
	}
	ret_path[size] = '\0';
	return true;
}

IN_CHILD static bool has_slash(const char *name)
{
	for (; *name; name++)
		if (*name == '/')
			return true;
	return false;
}

IN_CHILD int lookup_program(const char *name, const char *path_list, char *ret_path)
{
	const char *end;
	int error = ENOENT, r;
	bool found;

	if (!*name)
		return ENOENT;
	if (has_slash(name))
		return join("", 0, name, ret_path) ? executable(ret_path, &found) : ENAMETOOLONG;
	for (;; path_list = end + 1) {
		for (end = path_list; *end && *end != ':'; end++)
			;
		/* An empty element is the working directory. */
		if (join(end == path_list ? "." : path_list,
			 end == path_list ? 1 : (size_t)(end - path_list), name, ret_path)) {
			r = executable(ret_path, &found);
			if (r == 0)
				return 0;
			if (r == EACCES && found)
				error = EACCES;
		}
		if (!*end)
			return error;
	}
}

const char *lookup_path(char *const *envp)
{
	for (; *envp; envp++)
		if (strncmp(*envp, "PATH=", 5) == 0)
			return *envp + 5;
	return DEFAULT_PATH;
}

/* The interpreter of a script: the first word after #!. */
static int script_interpreter(const char *head, size_t length, char *ret, size_t size)
{
	size_t i = 2, n = 0;

	while (i < length && (head[i] == ' ' || head[i] == '\t'))
		i++;
	while (i < length && n + 1 < size && !strchr(" \t\n", head[i]))
		ret[n++] = head[i++];
	ret[n] = '\0';
	return n ? 0 : ENOEXEC;
}

/* The loader of a 64-bit program; none for a static one. */
static int elf_interpreter(int fd, const char *head, size_t length, char *ret, size_t size)
{
	Elf64_Ehdr header;
	Elf64_Phdr part;
	ssize_t n;

	ret[0] = '\0';
	if (length < sizeof(header) || head[EI_CLASS] != ELFCLASS64)
		return 0; /* the kernel knows better */
	memcpy(&header, head, sizeof(header));
	for (unsigned i = 0; i < header.e_phnum && i < 64; i++) {
		off_t at = (off_t)(header.e_phoff + i * sizeof(part));

		if (pread(fd, &part, sizeof(part), at) != sizeof(part))
			return 0;
		if (part.p_type != PT_INTERP || part.p_filesz == 0 || part.p_filesz >= size)
			continue;
		n = pread(fd, ret, part.p_filesz, (off_t)part.p_offset);
		ret[n > 0 ? n : 0] = '\0';
		return 0;
	}
	return 0;
}

int lookup_inspect(const char *path, char *ret_interpreter, size_t size)
{
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char head[256];
	ssize_t n;
	int r;

	ret_interpreter[0] = '\0';
	if (fd < 0)
		return 0; /* executable need not be readable */
	n = read(fd, head, sizeof(head));
	if (n >= 2 && head[0] == '#' && head[1] == '!')
		r = script_interpreter(head, (size_t)n, ret_interpreter, size);
	else if (n >= SELFMAG && memcmp(head, ELFMAG, SELFMAG) == 0)
		r = elf_interpreter(fd, head, (size_t)n, ret_interpreter, size);
	else
		return 0; /* perhaps binfmt_misc's */
	if (r || !ret_interpreter[0])
		return r;
	return access(ret_interpreter, F_OK) < 0 ? errno : 0;
}

int lookup_explain(const char *name, const char *path, int error, struct diag *diag)
{
	char interpreter[PATH_MAX];
	const char *hint = NULL;

	if (error == ENOENT && *path && access(path, F_OK) == 0 &&
	    lookup_inspect(path, interpreter, sizeof(interpreter)) && interpreter[0]) {
		diag_error(diag, NULL,
			   "execute %s: its interpreter %s is missing; is it in this image?", path,
			   interpreter);
		return 127;
	}
	if (error == ENOENT && !strchr(name, '/'))
		hint = "it is in no directory of PATH";
	else if (error == EACCES)
		hint = "is it a file that this user may execute, on a file system without noexec?";
	else if (error == ENOEXEC)
		hint = "it is no program for this machine; a script needs a #! line";
	diag_system(diag, error, "execute", *name ? name : "\"\"", hint);
	return error == ENOENT ? 127 : 126;
}
