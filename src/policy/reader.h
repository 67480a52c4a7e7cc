/*
 * Where in a document a reader is, so that what is refused is refused with its
 * place: a JSON pointer (RFC 6901).
 */
#ifndef POLICY_READER_H
#define POLICY_READER_H

#include <stddef.h>

#include "base/error.h"

#define READER_PLACE_SIZE	160

struct reader {
	struct mfa_error	*err;
	size_t			len;
	char			place[READER_PLACE_SIZE];	/* cut to fit */
};

/* Goes into a member, or an element. The first returns where to go back to. */
size_t		reader_enter(struct reader *reader, const char *name);
size_t		reader_enter_index(struct reader *reader, size_t index);
void		reader_leave(struct reader *reader, size_t back);

/* Returns MFA_INVALID_CONFIGURATION, the place and this text being why. */
enum mfa_code	reader_refuse(struct reader *reader, const char *fmt, ...)
		    _printf_(2, 3);
/* Returns MFA_SERVICE_FAILURE. */
enum mfa_code	reader_no_memory(struct reader *reader);

#endif
