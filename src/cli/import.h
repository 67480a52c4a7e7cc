/*
 * awsmfa import: the files of other modules, and how each is read. The parsers
 * have TEXT, NUL-terminated, to themselves and may write into it; nothing of it
 * gets into a message but names.
 */
#ifndef CLI_IMPORT_H
#define CLI_IMPORT_H

#include "cli/import_list.h"

/* Whose file it is, and what the other module was told. */
struct import_from {
	const char	*owner;		/* the user, or NULL: everybody's */
	const char	*only;		/* whose lines count; NULL: all */
	const char	*origin;	/* of pam_u2f */
	const char	*appid;
};

/* ~/.google_authenticator, as its FILEFORMAT says. OWNER is known. */
void	import_google(char *text, const struct import_from *from,
	    struct import_list *list);
/* users.oath of pam_oath. */
void	import_oath(char *text, const struct import_from *from,
	    struct import_list *list);
/* u2f_keys of pam_u2f, in either form, or a key of ssh-keygen's (sshformat). */
void	import_u2f(char *text, const struct import_from *from,
	    struct import_list *list);

/*
 * Do the lines of USER count? Somebody else's in a file of its owner's do not,
 * which is said.
 */
bool	import_is_for(const struct import_from *from, const char *user,
	    unsigned line, struct import_list *list);

#endif
