/*
 * What the endpoint answers to awsmfa, whatever it is. An input is parts with
 * "\n%%\n" between them, a frame each: a letter (R, F: result, failure; M:
 * message; W: wait) and the payload, "#" and a type, or "=" and octets as they
 * are. What comes of it is printed in every format. Nothing is asked: there is
 * no terminal.
 */
#include <sys/socket.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "cli/call.h"
#include "cli/output.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/parts.h"
#include "wire/frame.h"

#define WIDTH	80

bool fuzz_accepted, fuzz_skipped;
const unsigned fuzz_mutations = 500;

bool	__wrap_terminal_open(struct terminal *ret);

bool
__wrap_terminal_open(struct terminal *ret)
{
	(void)ret;
	return false;
}

static void
send_octets(int fd, const uint8_t *octets, size_t len)
{
	must(len == 0 || send(fd, octets, len, MSG_NOSIGNAL) == (ssize_t)len);
}

static void
send_frame(int fd, uint8_t type, const uint8_t *payload, size_t len)
{
	const uint8_t header[WIRE_HEADER_SIZE] = { WIRE_VERSION, type, 0, 0,
		(uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8),
		(uint8_t)len };

	send_octets(fd, header, sizeof(header));
	send_octets(fd, payload, len);
}

static void
send_part(int fd, const struct part *part)
{
	static const struct {
		char letter;
		enum wire_type type;
	} letters[] = { { 'R', WIRE_RESULT }, { 'F', WIRE_FAILURE },
		{ 'M', WIRE_MESSAGE }, { 'W', WIRE_WAIT },
		{ 'P', WIRE_PROMPT } };
	size_t i;

	if (part->len == 0)
		return;
	if (part->at[0] == '=')
		send_octets(fd, part->at + 1, part->len - 1);
	else if (part->at[0] == '#' && part->len > 1)
		send_frame(fd, part->at[1], part->at + 2, part->len - 2);
	for (i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		if (part->at[0] == letters[i].letter)
			send_frame(fd, (uint8_t)letters[i].type, part->at + 1,
			    part->len - 1);
	}
}

/*
 * Is what a terminal is given text, with no control characters but its own,
 * those of Unicode (U+0080 to U+009F) included?
 */
static void
check_printed(const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t i;

	for (i = 0; i < len; i++) {
		must(s[i] >= ' ' || s[i] == '\n' || s[i] == '\t');
		must(s[i] != 0xc2 || i + 1 == len || s[i + 1] > 0x9f);
	}
}

static void
print(const json_t *result)
{
	static const enum output_format formats[] = { OUTPUT_JSON, OUTPUT_TEXT,
		OUTPUT_TABLE };
	char *text;
	size_t i, len;
	FILE *out;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		text = NULL;
		must((out = open_memstream(&text, &len)) != NULL);
		(void)!output_print(out, formats[i], "ListMFADevices", WIDTH,
		    i % 2 == 0, result);
		must(fclose(out) == 0);
		check_printed(text, len);
		free(text);
	}
}

static bool
call_with(int fd)
{
	struct cli cli = { .client = { fd, 0 }, .connected = true };
	json_t *parameters = json_object(), *result = NULL;
	struct mfa_error err = { 0 };
	enum mfa_code code;

	code = call(&cli, "ListMFADevices", parameters, &result, &err);
	must((code == MFA_OK) == (result != NULL));
	must(code != MFA_OK || (cli.answered && json_is_object(result)));
	if (code == MFA_OK)
		print(result);
	else
		must(call_report("ListMFADevices", &err) != CLI_OK);
	json_decref(result);
	json_decref(parameters);
	call_close(&cli);
	return code == MFA_OK;
}

/* What is said on it is not looked at, and libFuzzer has its own. */
static void
hush(void)
{
	static FILE *nowhere;

	if (nowhere == NULL)
		must((nowhere = fopen("/dev/null", "we")) != NULL);
	stderr = nowhere;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct part in = { data, len }, part;
	FILE *said = stderr;
	int fds[2], i;

	fuzz_accepted = false;
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
	must(fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0);
	for (i = 0; i < 64 && part_take(&in, &part); i++)
		send_part(fds[1], &part);
	must(shutdown(fds[1], SHUT_WR) == 0);
	hush();
	json_set_alloc_funcs(secret_malloc, secret_free);
	fuzz_accepted = call_with(fds[0]);
	stderr = said;
	close(fds[1]);
	return 0;
}
