#include <pwd.h>
#include <string.h>

#include "base/text.h"
#include "endpoint/authorise.h"
#include "endpoint/endpoint.h"
#include "endpoint/log.h"
#include "endpoint/operation.h"
#include "endpoint/serve.h"
#include "store/store.h"
#include "wire/agent_socket.h"
#include "wire/frame.h"

#define DEPTH_MAX 8 /* of a request's JSON; tags need four */

/* The request, and what its log line says. */
struct request {
	json_t *root;
	const char *name; /* borrowed from root */
	const json_t *params; /* borrowed from root */
	const char *token_code; /* borrowed from root; NULL: none */
	struct operation_call call;
};

static void
request_clear(struct request *request)
{
	json_clear(&request->root);
}

/*
 * Is JSON no deeper than any request is? A parser that goes down with it takes
 * its stack for that.
 */
static bool
is_shallow(const char *json, size_t len)
{
	bool in_string = false;
	unsigned depth = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		if (in_string && json[i] == '\\')
			i++;
		else if (json[i] == '"')
			in_string = !in_string;
		else if (!in_string && (json[i] == '{' || json[i] == '['))
			depth++;
		else if (!in_string && (json[i] == '}' || json[i] == ']'))
			depth--;
		if (depth > DEPTH_MAX)
			return false;
	}
	return true;
}

/* {"Operation": NAME, "Parameters": {...}}, and "TokenCode" where given. */
static bool
read_members(struct request *request)
{
	const json_t *root = request->root;
	const json_t *token = json_object_get(root, "TokenCode");

	request->name = json_string_value(json_object_get(root, "Operation"));
	request->params = json_object_get(root, "Parameters");
	request->token_code = json_string_value(token);
	return request->name != NULL && request->params != NULL &&
	    (token == NULL || request->token_code != NULL) &&
	    json_object_size(root) == (token == NULL ? 2 : 3);
}

static enum mfa_code
parse(const struct wire_frame *frame, struct request *request,
    struct mfa_error *err)
{
	json_error_t where;

	if (frame->type != WIRE_OPERATION)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "a frame of type %u is not an operation",
		    (unsigned)frame->type);
	if (!is_shallow(frame->payload, frame->len))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "the request is nested more than %d deep", DEPTH_MAX);
	request->root = json_loadb(frame->payload, frame->len,
	    JSON_REJECT_DUPLICATES, &where);
	if (request->root == NULL)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "line %d, column %d: %.160s", where.line, where.column,
		    where.text);
	if (!read_members(request)) {
		request->name = NULL;
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "a request is {\"Operation\": ..., \"Parameters\": {...}}");
	}
	return MFA_OK;
}

/* What the host calls the caller; an empty name finds no one. */
static const char *
caller_name(const struct operation_call *call)
{
	const struct passwd *pw = getpwuid(call->session->uid);

	return pw != NULL ? pw->pw_name : "";
}

/* UserName, or the caller. */
static enum mfa_code
find_user(const struct operation *op, struct operation_call *call,
    struct mfa_error *err)
{
	const struct world *world = call->ctx->world;
	const char *name = param_string(call, "UserName");
	enum mfa_code code;

	if (call->session->uid != 0) {
		call->user = call->session->self;
		return MFA_OK;
	}
	if (op->user == USER_NONE)
		return MFA_OK;
	if (name == NULL)
		name = caller_name(call);
	if (!text_is_user_name(name))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "a user name has 1 to 128 letters, digits and =,.@-_+");
	if (op->user == USER_OF_FILE) {
		code = store_find_owner(call->ctx->store, name, &call->user,
		    err);
		if (code != MFA_NO_SUCH_ENTITY)
			return code;
	}
	code = world->find_user(world->ctx, name, &call->user, err);
	if (code == MFA_NO_SUCH_ENTITY)
		return mfa_error_set(err, code, 0,
		    "The user with name %s cannot be found", name);
	return code;
}

static enum mfa_code
run(struct operation_session *session, struct request *request, json_t **ret,
    struct mfa_error *err)
{
	struct operation_call *call = &request->call;
	const struct operation *op;
	enum mfa_code code;

	if ((op = operation_find(request->name)) == NULL)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "there is no operation %.64s", request->name);
	code = operation_check(op, request->params, err);
	if (code != MFA_OK)
		return code;
	call->session = session;
	call->ctx = session->ctx;
	call->params = request->params;
	call->token_code = request->token_code;
	if ((code = find_user(op, call, err)) != MFA_OK)
		return code;
	if ((code = authorise(op, call, err)) != MFA_OK)
		return code;
	return op->run(call, ret, err);
}

static void
log_operation(const struct operation_session *session,
    const struct request *request, enum mfa_code code,
    const struct mfa_error *err)
{
	struct log_subject subject = {
		.operation = request->name != NULL ? request->name : "-",
		.user = request->call.user.name,
		.caller = session->uid,
		.serial = json_string_value(
		    json_object_get(request->params, "SerialNumber")),
	};

	if (subject.serial == NULL)
		subject.serial = request->call.serial;
	log_decision(&subject, code,
	    code == MFA_OK ? request->call.detail : mfa_error_text(err));
}

/* Sends VALUE as one frame; the text held secrets and is wiped. */
static bool
send_json(int fd, enum wire_type type, const json_t *value)
{
	char *text = value != NULL ? json_dumps(value, JSON_COMPACT) : NULL;
	struct mfa_error err;
	enum mfa_code code = MFA_SERVICE_FAILURE;

	if (text != NULL)
		code = wire_send(fd, type, text, strlen(text),
		    wire_now() + SEND_TIMEOUT_MS, &err);
	secret_free(text);
	return code == MFA_OK;
}

static bool
send_failure(int fd, enum mfa_code code, const struct mfa_error *err)
{
	char text[MFA_DETAIL_SIZE * 4];
	_cleanup_(json_clear) json_t *failure = NULL;

	text_sanitise(text, sizeof(text), mfa_error_text(err));
	failure = json_pack("{s:{s:s, s:s}}", "Error", "Code",
	    mfa_code_name(code), "Message", text);
	return send_json(fd, WIRE_FAILURE, failure);
}

/* One operation. False where the connection is to be closed. */
static bool
serve_one(struct operation_session *session, int fd,
    const struct wire_frame *frame)
{
	_cleanup_(request_clear) struct request request = { 0 };
	_cleanup_(json_clear) json_t *result = NULL;
	struct mfa_error err = { 0 };
	enum mfa_code code;

	session->person.prompts = 0;
	code = parse(frame, &request, &err);
	if (code == MFA_OK)
		code = run(session, &request, &result, &err);
	log_operation(session, &request, code, &err);
	if (code != MFA_OK && request.call.shown.code != MFA_OK)
		err = request.call.shown;
	if (code != MFA_OK)
		return send_failure(fd, err.code, &err) && request.name != NULL;
	return send_json(fd, WIRE_RESULT, result);
}

/* An SSH agent, for what follows; one is enough for a connection. */
static bool
take_agent(struct operation_session *session, struct wire_frame *frame)
{
	if (session->has_agent)
		return false;
	session->agent = agent_socket_take(frame);
	session->has_agent = session->agent != -1;
	return true;
}

static void
serve_all(struct operation_session *session, int fd, struct wire_frame *frame)
{
	struct mfa_error ignored;

	while (frame->type == WIRE_AGENT ? take_agent(session, frame)
					 : serve_one(session, fd, frame)) {
		wire_clear(frame);
		if (peer_receive(session->peer, wire_now() + SESSION_IDLE_MS,
			frame, &ignored) != MFA_OK)
			break;
	}
}

/* Who the caller is; root may be anyone. */
static enum mfa_code
find_self(struct operation_session *session, const struct world *world,
    struct mfa_error *err)
{
	const struct passwd *pw;
	enum mfa_code code;

	if (session->uid == 0)
		return MFA_OK;
	if ((pw = getpwuid(session->uid)) == NULL)
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "there is no user with uid %u", (unsigned)session->uid);
	if (!text_is_user_name(pw->pw_name))
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "the name of uid %u is none that can have devices",
		    (unsigned)session->uid);
	code = world->find_user(world->ctx, pw->pw_name, &session->self, err);
	if (code == MFA_OK && session->self.uid != session->uid)
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "%s has uid %u too", session->self.name,
		    (unsigned)session->self.uid);
	return code;
}

void
serve_operations(struct endpoint *endpoint, const struct peer *peer,
    struct wire_frame *first)
{
	_cleanup_(store_freep) struct store *store = NULL;
	/* After the store, so that it is cleared before it. */
	_cleanup_(operation_session_clear) struct operation_session session = {
		.endpoint = endpoint,
		.peer = peer,
		.uid = peer->uid,
		.person = { .fd = peer->fd, .deadline = peer->deadline },
	};
	struct log_subject subject = { .operation = "Connect",
		.caller = peer->uid };
	struct settings settings;
	struct mfa_context ctx = { .settings = &settings,
		.world = endpoint->world };
	struct mfa_error err = { 0 };

	if (endpoint_settings(endpoint, NULL, &settings, &err) != MFA_OK ||
	    store_open(endpoint->state_path, endpoint->key_path,
		endpoint->account, endpoint->world, &store, &err) != MFA_OK ||
	    find_self(&session, endpoint->world, &err) != MFA_OK) {
		log_decision(&subject, err.code, mfa_error_text(&err));
		(void)!send_failure(peer->fd, err.code, &err);
		return;
	}
	ctx.store = store;
	session.ctx = &ctx;
	session.person.timeout = settings.prompt_timeout;
	serve_all(&session, peer->fd, first);
}
