#include "wire/client.h"

/* A file of its own, so that a test can link other paths in its place. */
const struct client_paths client_paths_default = {
	.socket = MFA_RUN_DIR "/login.sock",
	.user_socket = MFA_RUN_DIR "/user.sock",
	.endpoint = MFA_ENDPOINT,
	.account = MFA_ACCOUNT,
};
