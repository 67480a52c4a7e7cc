#include <sys/stat.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/call.h"
#include "cli/pskc.h"
#include "cli/terminal.h"
#include "cli/token.h"
#include "otp/base32.h"

#define CHUNK		500	/* tokens an operation: well under 1 MiB */
#define CHUNK_TIMEOUT	(60 * 1000)	/* milliseconds */
#define COMMIT_TIMEOUT	(10 * 60 * 1000)
#define KEY_FILE_MAX	4096

/* A whole file, in memory that is wiped. */
struct content {
	char	*text;
	size_t	len;
};

static void
content_clear(struct content *content)
{
	secret_free(content->text);
}

static bool
read_all(int fd, struct content *content, size_t size)
{
	ssize_t n;

	while (content->len < size) {
		n = read(fd, content->text + content->len, size - content->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		if (n == 0)
			return true;
		content->len += (size_t)n;
	}
	errno = EFBIG;
	return false;
}

/* Reads a regular file of at most MAX octets. */
static bool
read_content(const char *name, size_t max, struct content *ret)
{
	_cleanup_(content_clear) struct content content = { NULL, 0 };
	_cleanup_(closep) int fd = -1;
	struct stat st;

	fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) < 0) {
		cli_warn("%s: %s", name, strerror(errno));
		return false;
	}
	if (!S_ISREG(st.st_mode) || (size_t)st.st_size > max) {
		cli_warn("%s: is not a regular file of at most %zu octets",
		    name, max);
		return false;
	}
	content.text = secret_malloc((size_t)st.st_size + 1);
	if (content.text == NULL ||
	    !read_all(fd, &content, (size_t)st.st_size + 1)) {
		cli_warn("%s: %s", name, strerror(errno));
		return false;
	}
	*ret = content;
	content.text = NULL;
	return true;
}

static bool
is_key_length(size_t len)
{
	return len == 16 || len == 24 || len == 32;
}

static bool
is_hex(const struct content *content)
{
	size_t i;

	for (i = 0; i < content->len; i++)
		if (!isxdigit((unsigned char)content->text[i]) &&
		    content->text[i] != '\r' && content->text[i] != '\n')
			return false;
	return true;
}

/* Hexadecimal digits, and a new line perhaps, of 16, 24 or 32 octets. */
static bool
read_hex_key(const struct content *content, struct secret *ret)
{
	_cleanup_(secret_wipe) struct secret key = { 0 };
	size_t len = content->len;

	while (len > 0 && strchr("\r\n", content->text[len - 1]) != NULL)
		len--;
	if (!is_key_length(len / 2))
		return false;
	content->text[len] = '\0';
	key.len = len / 2;
	if (!text_unhex(key.bytes, key.len, content->text))
		return false;
	*ret = key;
	return true;
}

static bool
read_key_file(const char *name, struct pskc_unlock *unlock)
{
	_cleanup_(content_clear) struct content content = { NULL, 0 };

	if (!read_content(name, KEY_FILE_MAX, &content))
		return false;
	unlock->has_key = (is_key_length(content.len) && !is_hex(&content) &&
			      secret_set(&unlock->key, content.text,
				  content.len)) ||
	    read_hex_key(&content, &unlock->key);
	if (!unlock->has_key)
		cli_warn("%s: must be 16, 24 or 32 octets, or hexadecimal "
			 "digits of so many",
		    name);
	return unlock->has_key;
}

static bool
read_passphrase_file(const char *name, struct pskc_unlock *unlock)
{
	_cleanup_(content_clear) struct content content = { NULL, 0 };
	size_t len;

	if (!read_content(name, KEY_FILE_MAX, &content))
		return false;
	content.text[content.len] = '\0';
	len = strcspn(content.text, "\r\n");
	if (len == 0 || !secret_set(&unlock->passphrase, content.text, len)) {
		cli_warn("%s: its first line must be 1 to %d octets", name,
		    SECRET_SIZE);
		return false;
	}
	unlock->has_passphrase = true;
	return true;
}

static bool
ask_passphrase(void *ctx, struct secret *ret)
{
	_cleanup_(secret_text_wipe) struct secret_text line = { "" };
	struct terminal terminal;
	bool given;

	(void)ctx;
	if (!terminal_open(&terminal))
		return false;
	given = terminal_ask(&terminal,
		    "Passphrase of the container: ", ECHO_OFF, &line) &&
	    line.text[0] != '\0' &&
	    secret_set(ret, line.text, strlen(line.text));
	terminal_close(&terminal);
	return given;
}

static void
unlock_wipe(struct pskc_unlock *unlock)
{
	secret_wipe(&unlock->key);
	secret_wipe(&unlock->passphrase);
}

static int
report_file(const char *name, const struct mfa_error *why)
{
	struct mfa_error err;

	mfa_error_set(&err,
	    why->code == MFA_INVALID_INPUT ? MFA_INVALID_INPUT
					   : MFA_SERVICE_UNAVAILABLE,
	    0, "%s: %s", name, why->detail);
	return call_report("ImportTokens", &err);
}

/* FILE into LIST; an exit status. */
static int
read_tokens(const struct arguments *args, struct token_list *list)
{
	_cleanup_(content_clear) struct content content = { NULL, 0 };
	_cleanup_(unlock_wipe) struct pskc_unlock unlock = {
		.ask = ask_passphrase };
	const char *key = arguments_text(args, "key-file");
	const char *passphrase = arguments_text(args, "passphrase-file");
	struct mfa_error err = { 0 };
	enum mfa_code code;

	if (key != NULL && !read_key_file(key, &unlock))
		return CLI_OTHER;
	if (passphrase != NULL && !read_passphrase_file(passphrase, &unlock))
		return CLI_OTHER;
	if (!read_content(args->positional, TOKEN_FILE_MAX, &content))
		return CLI_OTHER;
	code = pskc_is_container(content.text, content.len)
	    ? pskc_read(content.text, content.len, &unlock, list, &err)
	    : csv_read(content.text, content.len, list, &err);
	if (code != MFA_OK)
		return report_file(args->positional, &err);
	if (list->n == 0 && list->faults_n == 0) {
		mfa_error_set(&err, MFA_INVALID_INPUT, 0,
		    "there is no token in it");
		return report_file(args->positional, &err);
	}
	if (list->has_signature)
		cli_warn("%s: its signature was not checked", args->positional);
	return CLI_OK;
}

static json_t *
token_json(const struct token *token)
{
	_cleanup_(secret_text_wipe) struct secret_text seed;

	base32_encode(&token->seed, &seed);
	return json_pack("{s:s, s:s, s:s, s:i, s:i}", "SerialNumber",
	    token->serial, "Base32StringSeed", seed.text, "Algorithm",
	    otp_algorithm_name(token->params.algorithm), "Digits",
	    (int)token->params.digits, "Period", (int)token->params.period);
}

/* Adds what the endpoint found wrong to the list's faults. */
static enum mfa_code
take_faults(struct token_list *list, const json_t *result,
    struct mfa_error *err)
{
	json_t *fault, *errors = json_object_get(result, "Errors");
	const char *name, *text;
	json_int_t index;
	enum mfa_code code = MFA_OK;
	size_t i;

	json_array_foreach (errors, i, fault) {
		index = json_integer_value(json_object_get(fault, "Index"));
		name = json_string_value(json_object_get(fault, "Code"));
		text = json_string_value(json_object_get(fault, "Message"));
		if (index < 0 || (size_t)index >= list->n || name == NULL ||
		    text == NULL)
			return mfa_error_set(err, MFA_SERVICE_UNAVAILABLE, 0,
			    "the endpoint's answer makes no sense");
		code = token_list_refuse(list, list->tokens[index].number, err,
		    "%s: %s: %s", list->tokens[index].serial, name, text);
		if (code != MFA_OK)
			break;
	}
	return code;
}

static enum mfa_code
send_chunk(struct cli *cli, struct token_list *list, size_t first,
    size_t count, struct mfa_error *err)
{
	_cleanup_(json_freep) json_t *parameters = NULL;
	_cleanup_(json_freep) json_t *result = NULL;
	json_t *tokens;
	enum mfa_code code;
	size_t i;

	parameters = json_pack("{s:[], s:b}", "Tokens", "Commit", false);
	tokens = json_object_get(parameters, "Tokens");
	for (i = first; i < first + count; i++)
		if (json_array_append_new(tokens,
			token_json(&list->tokens[i])) < 0)
			return mfa_error_set(err, MFA_SERVICE_UNAVAILABLE, 0,
			    "out of memory");
	code = call_patiently(cli, "ImportTokens", parameters, CHUNK_TIMEOUT,
	    &result, err);
	return code != MFA_OK ? code : take_faults(list, result, err);
}

static void
show_progress(size_t done, size_t all, bool is_last)
{
	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r\033[K%s", is_last ? "" : "importing: ");
	if (!is_last)
		fprintf(stderr, "%zu of %zu tokens", done, all);
	fflush(stderr);
}

static enum mfa_code
stage(struct cli *cli, struct token_list *list, struct mfa_error *err)
{
	size_t done, count;
	enum mfa_code code = MFA_OK;

	for (done = 0; code == MFA_OK && done < list->n; done += count) {
		show_progress(done, list->n, false);
		count = list->n - done < CHUNK ? list->n - done : CHUNK;
		code = send_chunk(cli, list, done, count, err);
	}
	show_progress(done, list->n, true);
	return code;
}

static int
compare_faults(const void *a, const void *b)
{
	const struct token_fault *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

/* Every bad row, then the failure as a whole; an exit status. */
static int
report_faults(const char *name, struct token_list *list)
{
	struct mfa_error err;
	size_t i;

	qsort(list->faults, list->faults_n, sizeof(*list->faults),
	    compare_faults);
	for (i = 0; i < list->faults_n; i++)
		cli_warn("%s: %s %zu: %s", name, list->unit,
		    list->faults[i].number, list->faults[i].text);
	mfa_error_set(&err, MFA_INVALID_INPUT, 0,
	    "%s: %zu bad %s%s; nothing was imported", name, list->faults_n,
	    list->unit, list->faults_n == 1 ? "" : "s");
	return call_report("ImportTokens", &err);
}

static int
commit(struct cli *cli, const struct command *command)
{
	_cleanup_(json_freep) json_t *parameters = NULL;
	_cleanup_(json_freep) json_t *result = NULL;
	struct mfa_error err = { 0 };

	parameters = json_pack("{s:[], s:b}", "Tokens", "Commit", true);
	if (call_patiently(cli, "ImportTokens", parameters, COMMIT_TIMEOUT,
		&result, &err) != MFA_OK)
		return call_report("ImportTokens", &err);
	return cli_print(cli, command, result);
}

int
import_tokens_run(struct cli *cli, const struct command *command,
    struct arguments *args)
{
	_cleanup_(token_list_clear) struct token_list list = { 0 };
	struct mfa_error err = { 0 };
	enum mfa_code code;
	int status;

	if ((status = read_tokens(args, &list)) != CLI_OK)
		return status;
	/* Also where a row is bad already: the endpoint may find more. */
	code = stage(cli, &list, &err);
	if (list.faults_n > 0) {
		call_close(cli);
		status = report_faults(args->positional, &list);
	}
	if (code != MFA_OK)
		return call_report("ImportTokens", &err);
	return list.faults_n > 0 ? status : commit(cli, command);
}
