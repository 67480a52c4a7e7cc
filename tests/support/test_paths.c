/*
 * Paths of the module's test build: everything under $MFA_TEST_FOLDER, and the
 * account $MFA_TEST_ACCOUNT.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "wire/client.h"

/* A const array in pam/log.h, whose object in the module this replaces. */
char log_socket[PATH_MAX];

static char socket_path[PATH_MAX];
static char user_socket_path[PATH_MAX];
static char endpoint_path[PATH_MAX];
static char account[256];

const struct client_paths client_paths_default = {
	.socket = socket_path,
	.user_socket = user_socket_path,
	.endpoint = endpoint_path,
	.account = account,
};

__attribute__((constructor)) static void
fill_paths(void)
{
	const char *folder = getenv("MFA_TEST_FOLDER");
	const char *name = getenv("MFA_TEST_ACCOUNT");

	if (folder == NULL || name == NULL)
		abort();
	snprintf(socket_path, sizeof(socket_path), "%s/login.sock", folder);
	snprintf(user_socket_path, sizeof(user_socket_path), "%s/user.sock",
	    folder);
	snprintf(endpoint_path, sizeof(endpoint_path), "%s/endpoint", folder);
	snprintf(log_socket, sizeof(log_socket), "%s/log", folder);
	snprintf(account, sizeof(account), "%s", name);
}
