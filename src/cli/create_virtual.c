#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/call.h"
#include "cli/created.h"
#include "cli/qr.h"

/* Checks that --outfile and --bootstrap-method come together. */
static int
check_arguments(const struct command *command, const struct arguments *args)
{
	struct mfa_error err;

	if ((arguments_text(args, "outfile") == NULL) ==
	    (arguments_text(args, "bootstrap-method") == NULL))
		return CLI_OK;
	mfa_error_set(&err, MFA_INVALID_INPUT, 0,
	    "--outfile and --bootstrap-method must be given together");
	return help_usage_error(command, &err);
}

/* The seed in the form that --bootstrap-method asks for. */
static enum mfa_code
print_seed(FILE *out, const char *method, const struct created *created,
    struct mfa_error *err)
{
	if (strcmp(method, "QRCodePNG") == 0)
		return qr_print_png(out, &created->uri, err);
	if (strcmp(method, "QRCodeSVG") == 0)
		return qr_print_svg(out, &created->uri, err);
	fprintf(out, "%s\n", created->base32.text);
	return MFA_OK;
}

/* Writes the seed to FILE, and sees it on the disk. */
static bool
write_seed(FILE *file, const char *name, const char *method,
    const struct created *created)
{
	struct mfa_error err = { 0 };

	if (print_seed(file, method, created, &err) != MFA_OK) {
		cli_warn("%s: %s", name, mfa_error_text(&err));
		return false;
	}
	errno = EIO;
	if (fflush(file) != 0 || ferror(file) || fsync(fileno(file)) < 0) {
		cli_warn("%s: %s", name, strerror(errno));
		return false;
	}
	return true;
}

/* A device whose seed no one has seen is of no use: it goes again. */
static void
take_back(struct cli *cli, const struct created *created)
{
	struct mfa_error err = { 0 };

	if (created_delete(cli, created, &err) == MFA_OK)
		cli_warn("the device was deleted again");
	else
		cli_warn("delete %s yourself: %s", created->serial,
		    mfa_error_text(&err));
}

static int
print_serial(struct cli *cli, const struct command *command,
    const struct created *created, bool with_seed)
{
	_cleanup_(json_freep) json_t *result = NULL;

	result = json_pack("{s:{s:s}}", "VirtualMFADevice", "SerialNumber",
	    created->serial);
	if (result == NULL ||
	    (with_seed &&
		json_object_set_new(json_object_get(result, "VirtualMFADevice"),
		    "Base32StringSeed",
		    json_string(created->base32.text)) < 0)) {
		cli_warn("out of memory");
		return CLI_OTHER;
	}
	return cli_print(cli, command, result);
}

static int
create(struct cli *cli, const struct command *command,
    const struct arguments *args, struct created *ret)
{
	struct mfa_error err = { 0 };

	if (created_call(cli, args->parameters, ret, &err) != MFA_OK)
		return call_report(command->operation, &err);
	return CLI_OK;
}

static int
create_to_file(struct cli *cli, const struct command *command,
    const struct arguments *args, FILE *file)
{
	_cleanup_(created_clear) struct created created = { 0 };
	const char *name = arguments_text(args, "outfile");
	int status;

	if ((status = create(cli, command, args, &created)) != CLI_OK)
		return status;
	if (!write_seed(file, name, arguments_text(args, "bootstrap-method"),
		&created)) {
		take_back(cli, &created);
		return CLI_OTHER;
	}
	return print_serial(cli, command, &created, false);
}

/* The file is made before the device, so that a bad name costs nothing. */
static int
run_with_file(struct cli *cli, const struct command *command,
    const struct arguments *args)
{
	const char *name = arguments_text(args, "outfile");
	FILE *file;
	int fd, status;

	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		cli_warn("%s: %s", name, strerror(errno));
		return CLI_OTHER;
	}
	if ((file = fdopen(fd, "w")) == NULL) {
		close(fd);
		unlink(name);
		return CLI_OTHER;
	}
	setvbuf(file, NULL, _IONBF, 0);
	status = create_to_file(cli, command, args, file);
	if (fclose(file) != 0 && status == CLI_OK)
		status = CLI_OTHER;
	if (status != CLI_OK)
		unlink(name);
	return status;
}

static int
run_on_terminal(struct cli *cli, const struct command *command,
    const struct arguments *args)
{
	_cleanup_(created_clear) struct created created = { 0 };
	char next[SERIAL_NUMBER_MAX + USER_NAME_MAX + 128];
	int status;

	if ((status = create(cli, command, args, &created)) != CLI_OK)
		return status;
	(void)snprintf(next, sizeof(next),
	    "Enable it within a day:\n"
	    "  awsmfa enable-mfa-device %s%s%s--serial-number %s",
	    created.user[0] != '\0' ? "--user-name " : "", created.user,
	    created.user[0] != '\0' ? " " : "", created.serial);
	created_show(stdout, &created, next);
	return cli_finish_output();
}

int
create_virtual_run(struct cli *cli, const struct command *command,
    struct arguments *args)
{
	_cleanup_(created_clear) struct created created = { 0 };
	int status;

	if ((status = check_arguments(command, args)) != CLI_OK)
		return status;
	if (arguments_text(args, "outfile") != NULL)
		return run_with_file(cli, command, args);
	if (cli->terminal && !cli->format_given)
		return run_on_terminal(cli, command, args);
	if ((status = create(cli, command, args, &created)) != CLI_OK)
		return status;
	status = print_serial(cli, command, &created, true);
	if (status != CLI_OK)
		take_back(cli, &created);
	return status;
}
