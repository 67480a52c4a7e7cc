/*
 * Reading a file with the rights of whom it belongs to: a child that is that
 * user opens it, so that nothing in a home is ever opened with privilege.
 */
#ifndef CLI_IMPORT_READ_H
#define CLI_IMPORT_READ_H

#include <sys/types.h>
#include <stddef.h>

#include "base/error.h"

#define IMPORT_GROUPS_MAX	1024
#define IMPORT_READ_MS		10000	/* for a home that does not answer */

struct import_reader {
	uid_t	uid;
	gid_t	gid;
	int	group_count;
	gid_t	groups[IMPORT_GROUPS_MAX];
	mode_t	forbidden;	/* mode bits that the file may not have */
	size_t	max;		/* octets */
};

/* Its text, with a NUL after it; wiped when it is cleared. */
struct import_content {
	char	*text;
	size_t	len;
};

void	import_content_clear(struct import_content *content);

/*
 * Who READER is: NAME with these ids, and the groups that the host says.
 *  MFA_SERVICE_FAILURE  of too many groups
 */
enum mfa_code	import_reader_set(struct import_reader *reader,
		    const char *name, uid_t uid, gid_t gid,
		    struct mfa_error *err) _must_check_;

/*
 * Reads PATH as READER: a regular file with one link, of the reader's or of
 * root. What is not ASCII text in it is '?' in *ret, which is the caller's.
 *  MFA_NO_SUCH_ENTITY   it is not there
 *  MFA_SERVICE_FAILURE  anything else: not as it must be, longer, has a NUL in
 *                       it, can't be read in IMPORT_READ_MS; the detail says
 */
enum mfa_code	import_read(const struct import_reader *reader,
		    const char *path, struct import_content *ret,
		    struct mfa_error *err) _must_check_;

#endif
