/*
 * A host application for tests of the module: real libpam, a conversation that
 * answers what a test says, and a folder with its service file, the fake
 * endpoint's script and the log's socket. Any failure of the equipment itself
 * ends the process.
 */
#ifndef SUPPORT_PAMHOST_H
#define SUPPORT_PAMHOST_H

#include <sys/types.h>
#include <stdbool.h>
#include <stddef.h>

#define PAMHOST_ANSWERS	20
#define PAMHOST_TEXT	8192
#define PAMHOST_PHASES	8

struct pamhost {
	char		folder[64];
	pid_t		listener;		/* the fake endpoint, or 0 */
	int		log;			/* the log's socket */
	int		flags;			/* of every phase */
	const char	*service;	/* "test" */
	const char	*preset;	/* "NAME=VALUE" for PAM, or NULL */
	/* Of pamhost_run(): the endpoint's, NULL being as before, and codes */
	const char	*scripts[PAMHOST_PHASES];
	int		codes[PAMHOST_PHASES];
	const char	*rename;	/* PAM_USER, after the first */
	const char	*reset;		/* "NAME=VALUE", after the first */
	bool		no_conversation;
	bool		chatty;			/* writes to 0, 1 and 2 too */
	/* NULL is answered as such */
	const char	*answers[PAMHOST_ANSWERS];
	int		answer_codes[PAMHOST_ANSWERS]; /* of the conversation */
	size_t		asked;			/* prompts so far */
	char		shown[PAMHOST_TEXT];	/* "off: MFA code: \n" ... */
	char		environment[PAMHOST_TEXT]; /* PAM's, a line each */
	char		text[PAMHOST_TEXT];	/* of pamhost_seen(), _log() */
};

/* A folder, with ACCOUNT as the account of the endpoint. */
void	pamhost_setup(struct pamhost *host, const char *account);
void	pamhost_teardown(struct pamhost *host);

/* The account that tests use: an ordinary one for root, else the caller's. */
const char	*pamhost_account(void);

/* The fake endpoint's steps, from the next connection on. */
void	pamhost_script(struct pamhost *host, const char *steps);
/* Has it been asked, and read them? Waits for that, at most MS milliseconds. */
bool	pamhost_begun(struct pamhost *host, int ms);
/* Starts it as a service of UID, and ends it. */
void	pamhost_listen(struct pamhost *host, uid_t uid);
/* The same, on the socket for ordinary users whoever the caller is. */
void	pamhost_listen_users(struct pamhost *host, uid_t uid);
void	pamhost_unlisten(struct pamhost *host);
/* Makes it the program that a one-shot sign-in starts. */
void	pamhost_install(struct pamhost *host);

/*
 * The lines of the service file, of type auth where they do not begin with
 * "account" or "session"; "MODULE" and "AUTHTOK" stand for the
 * module and for tests/support/authtok.c, "KEPT" for the file "authtok".
 */
void	pamhost_service(struct pamhost *host, const char *lines);

/* pam_start to pam_end for USER; the code of pam_authenticate. */
int	pamhost_sign_in(struct pamhost *host, const char *user);

/*
 * pam_start to pam_end for USER, with a call for each letter of PHASES: "a"uth,
 * "s"etcred, "c"heck of the account ("C": in a child), "o"pen and e"x"it of the
 * session. The code of the last.
 */
int	pamhost_run(struct pamhost *host, const char *user, const char *phases);

/* What the fake endpoint has seen; what the module has logged since. */
const char	*pamhost_seen(struct pamhost *host);
const char	*pamhost_file(struct pamhost *host, const char *name);
const char	*pamhost_log(struct pamhost *host);

#endif
