/* sshd's configuration: in force, as it prints it, and its Match blocks. */
#ifndef CLI_DOCTOR_SSHD_CONFIG_H
#define CLI_DOCTOR_SSHD_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

/* The value of the option NAME in TEXT of "sshd -T", or NULL. */
const char	*sshd_option(const char *text, const char *name,
		    size_t *ret_len);

/* Has the option NAME the word WORD among its values? */
bool	sshd_option_has(const char *text, const char *name, const char *word);

/* Does "sshd -T" say that these ways are open? */
struct sshd_ways {
	bool	keys_alone;	/* in by what PAM's auth has no part in */
	bool	prompts;	/* keyboard-interactive may be asked for */
	bool	password;	/* the method "password" may be used */
	bool	prompts_alone;	/* and nothing else before it */
	bool	wants_keys;	/* AuthenticationMethods has keys alone */
};
void	sshd_ways_read(const char *text, struct sshd_ways *ret);

/* A Match block that sets what matters here. */
struct sshd_match {
	char		file[256];
	unsigned	line;
	char		criteria[256];	/* "User alice" */
	char		keyword[64];	/* the first that matters */
};

/*
 * Calls FOUND for each Match block of PATH below ROOT, and of the files that it
 * includes, that sets something that matters to MFA.
 */
void	sshd_matches(const char *root, const char *path,
	    void (*found)(void *world, const struct sshd_match *match),
	    void *world);

enum sshd_whom {
	SSHD_WHOM_ONE,		/* *ret is one of them */
	SSHD_WHOM_NOBODY,	/* a group that nobody is in */
	SSHD_WHOM_UNKNOWN,	/* none can be told */
};

/*
 * A connection that the CRITERIA of a Match block hold for, as for sshd's -C,
 * with the users that ROOT has.
 */
enum sshd_whom	sshd_connection(const char *root, const char *criteria,
		    char *ret, size_t size);

#endif
