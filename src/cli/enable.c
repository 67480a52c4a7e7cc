#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/cli.h"

#define PUBLIC_KEY	"ssh-public-key"
#define PUBLIC_KEY_SIZE	16384	/* octets of a line, with its end */

static bool
is_given(const struct arguments *args, const char *member)
{
	return json_object_get(args->parameters, member) != NULL;
}

/* A key has no serial number before it is enrolled, and shows no codes. */
static enum mfa_code
check_for_key(const struct command *command, const struct arguments *args,
    struct mfa_error *err)
{
	static const char *const of_codes[] = { "SerialNumber",
		"AuthenticationCode1", "AuthenticationCode2" };
	const struct option_spec *spec;
	size_t i;

	for (spec = command->options; spec->name != NULL; spec++) {
		for (i = 0; i < sizeof(of_codes) / sizeof(of_codes[0]); i++) {
			if (spec->member != NULL &&
			    strcmp(spec->member, of_codes[i]) == 0 &&
			    is_given(args, spec->member))
				return mfa_error_set(err, MFA_INVALID_INPUT, 0,
				    "--%s: not with --type security-key, "
				    "which is enabled by a tap",
				    spec->name);
		}
	}
	if (!is_given(args, "DeviceName"))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "the following argument is required with --type "
		    "security-key: --device-name");
	return MFA_OK;
}

static enum mfa_code
check_for_codes(const struct arguments *args, struct mfa_error *err)
{
	if (arguments_text(args, PUBLIC_KEY) != NULL)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "--" PUBLIC_KEY ": only with --type security-key");
	if (is_given(args, "DeviceName"))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "--device-name: only with --type security-key; other "
		    "devices have a name already");
	if (!is_given(args, "SerialNumber"))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "the following argument is required: --serial-number (or "
		    "--type security-key)");
	return MFA_OK;
}

/* All of FD; false where it is longer than SIZE, too. */
static bool
read_all(int fd, char *ret, size_t size, size_t *ret_len)
{
	size_t len = 0;
	ssize_t n;

	while (len < size) {
		n = read(fd, ret + len, size - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		if (n == 0) {
			*ret_len = len;
			return true;
		}
		len += (size_t)n;
	}
	errno = EFBIG;
	return false;
}

/* Cuts the line's end off; false where there is more than one line. */
static bool
cut_line(char *text, size_t len)
{
	while (len > 0 && text[len - 1] != '\0' &&
	    strchr(" \t\r\n", text[len - 1]) != NULL)
		len--;
	text[len] = '\0';
	return len > 0 && strlen(text) == len && strchr(text, '\n') == NULL;
}

/*
 * The one line of the file NAME. The private half, which has more, is not sent
 * anywhere.
 */
static enum mfa_code
read_line(const char *name, char text[static PUBLIC_KEY_SIZE],
    struct mfa_error *err)
{
	_cleanup_(closep) int fd = -1;
	size_t len;

	if (strcmp(name, "-") == 0)
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	else
		fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || !read_all(fd, text, PUBLIC_KEY_SIZE - 1, &len))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "--" PUBLIC_KEY ": %s: %s", name, strerror(errno));
	if (!cut_line(text, len))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "--" PUBLIC_KEY ": %s: not one line of text, as a public "
		    "key is (KEY.pub)",
		    name);
	return MFA_OK;
}

static enum mfa_code
add_public_key(struct arguments *args, struct mfa_error *err)
{
	const char *name = arguments_text(args, PUBLIC_KEY);
	char text[PUBLIC_KEY_SIZE];
	json_t *line = NULL;
	enum mfa_code code;

	if (name == NULL)
		return MFA_OK;
	if ((code = read_line(name, text, err)) == MFA_OK)
		line = json_string(text);
	explicit_bzero(text, sizeof(text));
	if (code != MFA_OK)
		return code;
	if (line == NULL ||
	    json_object_set_new(args->parameters, "SSHPublicKey", line) != 0)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "--" PUBLIC_KEY ": %s: not text in UTF-8", name);
	return MFA_OK;
}

int
enable_run(struct cli *cli, const struct command *command,
    struct arguments *args)
{
	bool is_key = is_given(args, "Type");
	struct mfa_error err;
	enum mfa_code code;

	code = is_key ? check_for_key(command, args, &err)
		      : check_for_codes(args, &err);
	if (code == MFA_OK)
		code = add_public_key(args, &err);
	if (code != MFA_OK)
		return help_usage_error(command, &err);
	return is_key ? operation_call(cli, command, args)
		      : operation_run(cli, command, args);
}
