/*
 * Files of the store and of the administrator, by descriptor and never by a
 * path twice. What is opened is a regular file with one link, of the owner and
 * mode that are asked for; symbolic links, FIFOs and devices are refused
 * without waiting for them.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <sys/stat.h>
#include <sys/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* What a file or folder must be like to be trusted. */
struct file_trust {
	uid_t	owner;
	uid_t	owner_too;	/* a second owner that is as good, or OWNER */
	mode_t	forbidden;	/* mode bits that may not be set: 0077, 0022 */
};

/*
 * Opens NAME (a path where DIRFD is AT_FDCWD) with FLAGS (O_RDONLY, O_RDWR).
 * O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC are added. On success *ret_fd is owned
 * by the caller.
 *  MFA_NO_SUCH_ENTITY    ENOENT, and nothing else
 *  MFA_SERVICE_FAILURE   anything else: not regular, more than one link, wrong
 *                        owner or mode, EACCES, EIO, ...; the detail says what
 */
enum mfa_code	file_open(int dirfd, const char *name, int flags,
		    const struct file_trust *trust, int *ret_fd,
		    struct mfa_error *err) _must_check_;

/* The same for a folder. */
enum mfa_code	file_open_dir(int dirfd, const char *name,
		    const struct file_trust *trust, int *ret_fd,
		    struct mfa_error *err) _must_check_;

/*
 * Is what PATH names still the file that SEEN was of, by fstat(2)? SEEN all 0:
 * is there still no file?
 */
bool		file_is_current(const struct stat *seen, const char *path);

/*
 * Reads the whole of FD, at most MAX octets, into new memory with a NUL after
 * it. *ret_text is owned by the caller and freed with freep().
 *  MFA_SERVICE_FAILURE   larger than MAX, has a NUL in it, EIO, no memory
 */
enum mfa_code	file_read_text(int fd, const char *name, size_t max,
		    char **ret_text, size_t *ret_len, struct mfa_error *err)
		    _must_check_;

/*
 * Replaces NAME in DIRFD by a new file with mode 0600: temporary file
 * (".NAME.new", left-overs of a crash replaced), write, fsync, rename, fsync of
 * the folder. NAME is the old or the new file, whole, whatever happens. The
 * caller holds the lock under which NAME changes.
 *  MFA_SERVICE_FAILURE   ENOSPC, EIO, ...: NAME is as it was (after a failed
 *                        fsync of the folder it may be new)
 */
enum mfa_code	file_replace(int dirfd, const char *name, const void *data,
		    size_t len, struct mfa_error *err) _must_check_;

/*
 * Makes NAME, which must not be there, with mode 0600, durably: the content is
 * never seen in part (written under a temporary name with fsync, then linked).
 *  MFA_ENTITY_ALREADY_EXISTS  NAME is there
 *  MFA_SERVICE_FAILURE        ENOSPC, EIO, ...; NAME is not there
 */
enum mfa_code	file_create(int dirfd, const char *name, const void *data,
		    size_t len, struct mfa_error *err) _must_check_;

/*
 * Removes NAME durably. A NAME that is not there is success.
 *  MFA_SERVICE_FAILURE
 */
enum mfa_code	file_remove(int dirfd, const char *name,
		    struct mfa_error *err) _must_check_;

/*
 * Takes an exclusive open-file-description lock (F_OFD_SETLK) on FD, waiting
 * at most TIMEOUT_MS milliseconds (0: does not wait).
 *  MFA_CONCURRENT_MODIFICATION  still locked by someone else after that
 *  MFA_SERVICE_FAILURE
 */
enum mfa_code	file_lock(int fd, const char *name, unsigned timeout_ms,
		    struct mfa_error *err) _must_check_;

#endif
