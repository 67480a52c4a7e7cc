/*
 * awsmfa-endpoint --one-shot | --listen
 *
 * What IAM's endpoint is to AWS: verifies codes and keeps all state, as the
 * account and never as root.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>
#include <openssl/crypto.h>

#include "base/secret.h"
#include "base/text.h"
#include "endpoint/endpoint.h"
#include "endpoint/log.h"

#define SOCKET_FD 3 /* SD_LISTEN_FDS_START, and the one-shot's */

static int one_shot(struct endpoint *endpoint);
static int listening(struct endpoint *endpoint);

static const struct mode {
	const char *option;
	int (*run)(struct endpoint *endpoint);
} modes[] = {
	{ "--one-shot", one_shot },
	{ "--listen", listening },
};

/* No core dump, no tracer, nothing for others in what is made. */
static void
harden(void)
{
	struct rlimit none = { 0, 0 };

	(void)umask(077);
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* Runs as the account, in every id, and as no one else? */
static bool
find_account(uid_t *ret)
{
	const struct passwd *pw = getpwnam(MFA_ACCOUNT);
	uid_t real, effective, saved;

	if (pw == NULL || getresuid(&real, &effective, &saved) == -1)
		return false;
	if (pw->pw_uid == 0 || real != pw->pw_uid || effective != real ||
	    saved != real)
		return false;
	*ret = real;
	return true;
}

static bool
is_socket(int fd, int option, int wanted)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &len) == 0 &&
	    value == wanted;
}

static int
one_shot(struct endpoint *endpoint)
{
	if (!is_socket(SOCKET_FD, SO_DOMAIN, AF_UNIX)) {
		log_problem("--one-shot: descriptor %d is no socket; the PAM "
			    "module and awsmfa start this program",
		    SOCKET_FD);
		return EXIT_FAILURE;
	}
	serve(endpoint, SOCKET_FD);
	return EXIT_SUCCESS;
}

/* sd_listen_fds(3): exactly one descriptor, and meant for this process. */
static bool
has_listen_fd(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	uint64_t n;

	return pid != NULL && text_parse_u64(pid, &n) &&
	    n == (uint64_t)getpid() && fds != NULL && strcmp(fds, "1") == 0 &&
	    is_socket(SOCKET_FD, SO_ACCEPTCONN, 1) &&
	    is_socket(SOCKET_FD, SO_DOMAIN, AF_UNIX);
}

static int
listening(struct endpoint *endpoint)
{
	if (!has_listen_fd()) {
		log_problem("--listen: no listening Unix socket was passed "
			    "(LISTEN_PID, LISTEN_FDS=1)");
		return EXIT_FAILURE;
	}
	return service_run(endpoint, SOCKET_FD);
}

static const struct mode *
find_mode(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc == 2 && i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(argv[1], modes[i].option) == 0)
			return &modes[i];
	}
	return NULL;
}

static void
endpoint_clear(struct endpoint *endpoint)
{
	policy_freep(&endpoint->policy);
}

/*
 * openssl.cnf, the names of OpenSSL 1's ciphers and an orderly end are of no
 * use here, and cost a sign-in that has this process for itself. The names of
 * digests are looked up where certificates are verified.
 */
static void
begin_crypto(void)
{
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG |
		OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_NO_ATEXIT,
	    NULL);
}

int
main(int argc, char **argv)
{
	_cleanup_(endpoint_clear) struct endpoint endpoint = {
		.world = &world_host,
		.conf_path = MFA_CONF_DIR "/awsmfa.conf",
		.policy_path = MFA_CONF_DIR "/policy.json",
		.state_path = MFA_STATE_DIR,
		.key_path = MFA_CONF_DIR "/host.key",
	};
	const struct mode *mode = find_mode(argc, argv);

	if (mode == NULL) {
		(void)fprintf(stderr,
		    "usage: awsmfa-endpoint --one-shot | --listen\n");
		return EXIT_FAILURE;
	}
	harden();
	log_open();
	if (!find_account(&endpoint.account)) {
		log_problem(
		    "runs as uid %u, not as the account %s; run "
		    "\"awsmfa init\" as root if there is no such account",
		    (unsigned)geteuid(), MFA_ACCOUNT);
		return EXIT_FAILURE;
	}
	begin_crypto();
	json_set_alloc_funcs(secret_malloc, secret_free);
	return mode->run(&endpoint);
}
