/*
 * The files of the host that is examined: this one, or one below a folder, as
 * an image or a chroot, out of which no link leads.
 */
#ifndef CLI_DOCTOR_ROOT_H
#define CLI_DOCTOR_ROOT_H

#include <sys/stat.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define ROOT_TEXT_MAX	(256 * 1024)

/*
 * open(2) of PATH, an absolute one, below ROOT ("": this host), to read it and
 * without waiting for it. -1 with errno where that fails.
 */
int	root_open(const char *root, const char *path, int flags);

/* The same of a regular file. EINVAL where it is not: it is left unopened. */
int	root_open_file(const char *root, const char *path, int flags);

/* lstat(2) and stat(2) likewise. */
bool	root_lstat(const char *root, const char *path, struct stat *ret);
bool	root_stat(const char *root, const char *path, struct stat *ret);

/*
 * The whole of the regular file PATH, at most ROOT_TEXT_MAX octets, for
 * freep().
 *  MFA_NO_SUCH_ENTITY   it is not there
 *  MFA_SERVICE_FAILURE  it can't be read, is too large, or has a NUL in it
 */
enum mfa_code	root_read(const char *root, const char *path, char **ret_text,
		    size_t *ret_len, struct mfa_error *err) _must_check_;

#endif
