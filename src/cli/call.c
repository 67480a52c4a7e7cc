#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "cli/call.h"
#include "cli/talk.h"
#include "wire/agent_socket.h"

#define PAGE_MAX	1000	/* items that IAM gives at once */

static void
secret_freep(char **text)
{
	secret_free(*text);
}

void
json_freep(json_t **json)
{
	json_decref(*json);
	*json = NULL;
}

static enum mfa_code
connect_now(struct cli *cli, struct mfa_error *err)
{
	enum mfa_code code;

	code = client_open(cli->paths, &cli->client, err);
	cli->connected = code == MFA_OK;
	return code;
}

void
call_close(struct cli *cli)
{
	if (cli->connected)
		client_close(&cli->client);
	cli->connected = false;
}

/* A code that was given goes along: it is used where a proof is needed. */
static json_t *
pack_request(const struct cli *cli, const char *operation, json_t *parameters)
{
	if (cli->token_code == NULL)
		return json_pack("{s:s, s:O}", "Operation", operation,
		    "Parameters", parameters);
	return json_pack("{s:s, s:O, s:s}", "Operation", operation,
	    "Parameters", parameters, "TokenCode", cli->token_code);
}

static enum mfa_code
send_request(struct cli *cli, const char *operation, json_t *parameters,
    int64_t deadline, struct mfa_error *err)
{
	_cleanup_(json_freep) json_t *request = NULL;
	_cleanup_(secret_freep) char *text = NULL;
	size_t len;

	request = pack_request(cli, operation, parameters);
	if (request == NULL ||
	    (len = json_dumpb(request, NULL, 0, JSON_COMPACT)) == 0 ||
	    (text = secret_malloc(len)) == NULL ||
	    json_dumpb(request, text, len, JSON_COMPACT) != len)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "out of memory");
	return wire_send(cli->client.fd, WIRE_OPERATION, text, len, deadline,
	    err);
}

/* What the endpoint refused with, into ERR; its code. */
static enum mfa_code
read_failure(struct cli *cli, const json_t *answer, struct mfa_error *err)
{
	const json_t *error = json_object_get(answer, "Error");
	const char *name, *text;
	enum mfa_code code;

	name = json_string_value(json_object_get(error, "Code"));
	text = json_string_value(json_object_get(error, "Message"));
	if (name == NULL || text == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "the endpoint's answer has no error in it");
	cli->answered = true;
	code = mfa_code_from_name(name);
	if (code == MFA_OK)
		code = MFA_SERVICE_FAILURE;
	return mfa_error_set(err, code, 0, "%s", text);
}

static enum mfa_code
read_answer(struct cli *cli, const struct wire_frame *frame,
    json_t **ret_result, struct mfa_error *err)
{
	_cleanup_(json_freep) json_t *answer = NULL;
	json_error_t where;

	if (frame->type != WIRE_RESULT && frame->type != WIRE_FAILURE)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "the endpoint sent a frame out of turn");
	answer = json_loadb(frame->payload ? frame->payload : "", frame->len,
	    JSON_REJECT_DUPLICATES, &where);
	if (!json_is_object(answer))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "the endpoint's answer is not a JSON object");
	if (frame->type == WIRE_FAILURE)
		return read_failure(cli, answer, err);
	cli->answered = true;
	*ret_result = steal(&answer);
	return MFA_OK;
}

/*
 * Where there is an SSH agent, the endpoint may ask it for a tap: whoever
 * enrols a key that it has, or is to prove who they are, need not type then.
 */
static enum mfa_code
send_agent(struct cli *cli, int64_t deadline, struct mfa_error *err)
{
	_cleanup_(closep) int agent = -1;

	agent = agent_socket_open(getenv("SSH_AUTH_SOCK"));
	if (agent == -1)
		return MFA_OK;
	return wire_send_fd(cli->client.fd, WIRE_AGENT, agent, deadline, err);
}

static enum mfa_code
exchange(struct cli *cli, const char *operation, json_t *parameters,
    int64_t timeout_ms, json_t **ret_result, struct mfa_error *err)
{
	_cleanup_(wire_clear) struct wire_frame frame = { 0 };
	int64_t deadline = wire_now() + timeout_ms;
	enum mfa_code code;

	if (!cli->connected &&
	    ((code = connect_now(cli, err)) != MFA_OK ||
		(code = send_agent(cli, deadline, err)) != MFA_OK))
		return code;
	code = send_request(cli, operation, parameters, deadline, err);
	if (code != MFA_OK)
		return code;
	code = talk_receive(cli, deadline, &frame, err);
	if (code != MFA_OK)
		return code;
	return read_answer(cli, &frame, ret_result, err);
}

enum mfa_code
call_patiently(struct cli *cli, const char *operation, json_t *parameters,
    int64_t timeout_ms, json_t **ret_result, struct mfa_error *err)
{
	enum mfa_code code;

	cli->answered = false;
	code = exchange(cli, operation, parameters, timeout_ms, ret_result,
	    err);
	if (code == MFA_OK || cli->answered)
		return code;
	/* Whatever went wrong on the way, there was no answer. */
	call_close(cli);
	/* Who may not even connect is told what IAM tells. */
	if (code == MFA_ACCESS_DENIED)
		cli->answered = true;
	else if (code != MFA_REQUEST_ABORTED)
		err->code = MFA_SERVICE_UNAVAILABLE;
	return err->code;
}

enum mfa_code
call(struct cli *cli, const char *operation, json_t *parameters,
    json_t **ret_result, struct mfa_error *err)
{
	return call_patiently(cli, operation, parameters, CLIENT_TIMEOUT_MS,
	    ret_result, err);
}

static enum mfa_code
out_of_memory(struct mfa_error *err)
{
	return mfa_error_set(err, MFA_SERVICE_UNAVAILABLE, 0, "out of memory");
}

/* Asks for the page at MARKER (NULL: the first), of at most LIMIT (0: any). */
static enum mfa_code
call_page(struct cli *cli, const struct command *command,
    const json_t *parameters, const char *marker, json_int_t limit,
    json_t **ret_page, struct mfa_error *err)
{
	_cleanup_(json_freep) json_t *asked = NULL;

	if ((asked = json_copy((json_t *)parameters)) == NULL)
		return out_of_memory(err);
	if (limit > 0 &&
	    json_object_set_new(asked, "MaxItems",
		json_integer(limit < PAGE_MAX ? limit : PAGE_MAX)) < 0)
		return out_of_memory(err);
	if (marker != NULL &&
	    json_object_set_new(asked, "Marker", json_string(marker)) < 0)
		return out_of_memory(err);
	return call(cli, command->operation, asked, ret_page, err);
}

/* Moves the list NAME of PAGE to the end of ALL's, if there is one. */
static enum mfa_code
join_page(json_t **all, json_t *page, const char *name, struct mfa_error *err)
{
	json_t *list = json_object_get(page, name);

	if (!json_is_array(list)) {
		return mfa_error_set(err, MFA_SERVICE_UNAVAILABLE, 0,
		    "the endpoint's answer has no %s", name);
	}
	if (*all == NULL) {
		*all = json_incref(page);
		return MFA_OK;
	}
	if (json_array_extend(json_object_get(*all, name), list) < 0)
		return out_of_memory(err);
	return MFA_OK;
}

/* Takes out how the pages were numbered; a NEXT that is left is told. */
static enum mfa_code
finish_pages(json_t *all, const char *next, struct mfa_error *err)
{
	json_t *token;

	token = next != NULL ? json_string(next) : NULL;
	json_object_del(all, "IsTruncated");
	json_object_del(all, "Marker");
	if (token != NULL && json_object_set_new(all, "NextToken", token) < 0)
		return out_of_memory(err);
	return MFA_OK;
}

static enum mfa_code
fetch_pages(struct cli *cli, const struct command *command,
    const json_t *parameters, const char *token, json_int_t max,
    json_t **ret_all, struct mfa_error *err)
{
	_cleanup_(json_freep) json_t *all = NULL;
	_cleanup_(json_freep) json_t *marker = NULL;
	json_int_t left = max;
	size_t had = 0, have;
	enum mfa_code code;

	marker = token != NULL ? json_string(token) : NULL;
	do {
		_cleanup_(json_freep) json_t *page = NULL;

		code = call_page(cli, command, parameters,
		    json_string_value(marker), left, &page, err);
		if (code == MFA_OK)
			code = join_page(&all, page, command->pages, err);
		if (code != MFA_OK)
			return code;
		json_freep(&marker);
		if (json_is_true(json_object_get(page, "IsTruncated")))
			marker = json_incref(json_object_get(page, "Marker"));
		have = json_array_size(json_object_get(all, command->pages));
		if (marker != NULL && have == had)
			return mfa_error_set(err, MFA_SERVICE_UNAVAILABLE, 0,
			    "the endpoint's list does not end");
		had = have;
		left = max - (json_int_t)have;
	} while (marker != NULL && (max == 0 || left > 0));
	code = finish_pages(all, json_string_value(marker), err);
	if (code == MFA_OK)
		*ret_all = steal(&all);
	return code;
}

enum mfa_code
call_pages(struct cli *cli, const struct command *command,
    const struct arguments *args, json_t **ret_result, struct mfa_error *err)
{
	const char *token = arguments_text(args, "starting-token");

	if (arguments_flag(args, "no-paginate"))
		return call_page(cli, command, args->parameters, token, 0,
		    ret_result, err);
	return fetch_pages(cli, command, args->parameters, token,
	    arguments_number(args, "max-items"), ret_result, err);
}

/* Which exit status an endpoint's refusal has. */
static int
exit_status(enum mfa_code code)
{
	switch (code) {
	case MFA_OK:
		return CLI_OK;
	case MFA_INVALID_CONFIGURATION:
		return CLI_CONFIGURATION;
	case MFA_ACCESS_DENIED:
	case MFA_CONCURRENT_MODIFICATION:
	case MFA_DELETE_CONFLICT:
	case MFA_ENTITY_ALREADY_EXISTS:
	case MFA_ENTITY_TEMPORARILY_UNMODIFIABLE:
	case MFA_INVALID_AUTHENTICATION_CODE:
	case MFA_INVALID_INPUT:
	case MFA_LIMIT_EXCEEDED:
	case MFA_NO_SUCH_ENTITY:
	case MFA_SERVICE_FAILURE:
	case MFA_NOT_ENROLLED:
	case MFA_THROTTLING:
		return CLI_FAILED;
	case MFA_SERVICE_UNAVAILABLE:
	case MFA_REQUEST_ABORTED:
	case MFA_ENROLLMENT_PENDING:
	case MFA_IGNORED:
		return CLI_OTHER;
	}
	return CLI_OTHER;
}

int
call_report(const char *operation, const struct mfa_error *err)
{
	char text[4 * MFA_DETAIL_SIZE];

	text_sanitise(text, sizeof(text), mfa_error_text(err));
	fflush(stdout);
	fprintf(stderr,
	    "\nAn error occurred (%s) when calling the %s operation: %s\n",
	    mfa_code_name(err->code), operation, text);
	return exit_status(err->code);
}
