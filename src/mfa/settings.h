/* awsmfa.conf: what the administrator sets (libconfig). */
#ifndef MFA_SETTINGS_H
#define MFA_SETTINGS_H

#include <sys/stat.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "fido/credential.h"
#include "wire/frame.h"

#define SETTINGS_TEXT_SIZE	256
#define SETTINGS_MAX		(64 * 1024)	/* octets of a file */
#define AAGUIDS_MAX		32
#define SERVICES_MAX		16
#define SERVICE_NAME_SIZE	65		/* octets, with its NUL */

/* Does a security key ask who taps it (PIN, fingerprint)? */
enum user_verification {
	USER_VERIFICATION_DISCOURAGED,	/* no */
	USER_VERIFICATION_PREFERRED,	/* where the key is set up for it */
	USER_VERIFICATION_REQUIRED,	/* yes, or it is refused */
};

/* Names of PAM services. */
struct service_list {
	size_t	count;
	char	names[SERVICES_MAX][SERVICE_NAME_SIZE];
};

struct settings {
	char		account[ACCOUNT_DIGITS + 1];
	char		issuer[SETTINGS_TEXT_SIZE]; /* "": the host's name */
	char		prompt[SETTINGS_TEXT_SIZE];
	char		denied[SETTINGS_TEXT_SIZE]; /* the neutral sentence */
	unsigned	prompt_timeout;			/* seconds, 10 to 300 */
	unsigned	conversations;			/* at once, in all */
	unsigned	conversations_per_user;	/* at once, a real uid */
	unsigned	user_conversations;	/* of a user, on user.sock */
	char		rp_id[FIDO_RP_ID_MAX + 1]; /* of keys enrolled now */
	unsigned	key_timeout;	/* seconds for a tap, 5 to 120 */
	enum user_verification user_verification;
	char		attestation_roots[SETTINGS_TEXT_SIZE]; /* "": any */
	size_t		aaguid_count;		/* 0: any; else with roots */
	uint8_t		aaguids[AAGUIDS_MAX][FIDO_AAGUID_SIZE];
	/* PAM services whose person sits at this machine. */
	struct service_list local_services;
	bool		keys_for_remote;	/* a key here for anyone */
	/* Services in which the phases account and session decide. */
	struct service_list account_services;
	/*
	 * sshd's services in which an enrolled sk key that it has verified is
	 * a proof; of these, where the stack that PAM serves verifies a
	 * password; and where the key need not be a second factor.
	 */
	struct service_list ssh_verified_keys;
	struct service_list password_services;
	struct service_list single_factor_ok;
	/* What the file was when it was read; all 0 where there was none. */
	struct stat	seen;
};

/*
 * Reads PATH, a regular file of root that no one else can write; one that is
 * not there gives the defaults where OPTIONAL.
 *  MFA_INVALID_CONFIGURATION  anything else: missing, not root's, unknown key,
 *                             a value outside its limits, AAGUIDs without
 *                             roots; the detail has file and line
 */
enum mfa_code	settings_read(const char *path, bool optional,
		    struct settings *ret, struct mfa_error *err) _must_check_;

/*
 * Opens PATH, a file of the administrator's: root's, and written by no one
 * else.
 *  MFA_NO_SUCH_ENTITY         it is not there
 *  MFA_INVALID_CONFIGURATION  anything else
 */
enum mfa_code	settings_open(const char *path, int *ret_fd,
		    struct mfa_error *err) _must_check_;

/* What holds where no file says otherwise. */
void	settings_default(struct settings *ret);

/* Is SERVICE (NULL, "": none) in LIST? */
bool	settings_has_service(const struct service_list *list,
	    const char *service);

/* Is what PATH names still the file that SETTINGS was read from? */
bool	settings_is_current(const struct settings *settings, const char *path);

#endif
