#include <stdio.h>
#include <string.h>

#include "endpoint/authorise.h"
#include "endpoint/peer.h"
#include "endpoint/prove.h"
#include "mfa/access.h"
#include "mfa/enrol.h"
#include "mfa/manage.h"
#include "mfa/presence.h"
#include "store/session.h"

#define ACTION_SIZE 64
#define ASK_SENTENCE \
	"This needs a code or a tap of an MFA device that you have already"

/* What is asked of the policy for one call. */
struct question {
	const struct operation *op;
	struct operation_call *call;
	struct device_list devices;
	struct access access;
	char action[ACTION_SIZE];
	char resource[ACCESS_ARN_SIZE];
};

static void
question_clear(struct question *question)
{
	device_list_clear(&question->devices);
}

/* Whatever the log says, the caller learns no more than this. */
static enum mfa_code
deny(struct operation_call *call, const char *shown, struct mfa_error *err)
{
	(void)mfa_error_set(&call->shown, MFA_ACCESS_DENIED, 0, "%s", shown);
	err->code = MFA_ACCESS_DENIED;
	return err->code;
}

/* UserName is the caller's, or left out. */
static enum mfa_code
check_user(const struct operation_call *call, struct mfa_error *err)
{
	const char *name = param_string(call, "UserName");

	if (name == NULL || strcmp(name, call->session->self.name) == 0)
		return MFA_OK;
	return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
	    "%s may not act for another user", call->session->self.name);
}

/* The paths of virtual devices are their users': nobody takes another's. */
static enum mfa_code
check_path(const struct operation_call *call, struct mfa_error *err)
{
	const char *path = param_string(call, "Path");
	char home[ENROL_HOME_SIZE];

	enrol_home(&call->user, home);
	if (path == NULL || strncmp(path, home, strlen(home)) == 0)
		return MFA_OK;
	return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
	    "a path of yours begins with %s", home);
}

/* Operations on a device that is named without its user. */
static bool
is_on_any_device(const struct operation *op)
{
	return op->user == USER_NONE && op->params != NULL &&
	    op->params[0].name != NULL &&
	    strcmp(op->params[0].name, "SerialNumber") == 0;
}

/* Someone else's device looks to the caller as if it were not there. */
static enum mfa_code
check_device(const struct operation *op, struct operation_call *call,
    struct mfa_error *err)
{
	const char *serial;
	enum mfa_code code;

	if (!is_on_any_device(op))
		return MFA_OK;
	if ((code = param_serial(call, &serial, err)) != MFA_OK)
		return code;
	code = manage_check_owner(call->ctx, serial, &call->user, err);
	if (code == MFA_OK)
		return MFA_OK;
	return deny(call, "This is not a device of yours", err);
}

static enum mfa_code
name_resource(struct question *question, struct mfa_error *err)
{
	const struct operation_call *call = question->call;
	const char *account = call->ctx->settings->account;
	const char *path = param_string(call, "Path");
	const char *name = param_string(call, "VirtualMFADeviceName");
	char *ret = question->resource;
	char home[ENROL_HOME_SIZE];
	int n = 0;

	enrol_home(&call->user, home);
	switch (question->op->on) {
	case ON_NOTHING:
		break;
	case ON_USER:
		access_user_arn(&question->access, ret);
		break;
	case ON_NEW_DEVICE:
		n = snprintf(ret, ACCESS_ARN_SIZE, "arn:aws:iam::%s:mfa%s%s",
		    account, path != NULL ? path : home, name);
		break;
	case ON_DEVICE:
		n = snprintf(ret, ACCESS_ARN_SIZE, "%s",
		    param_string(call, "SerialNumber"));
		break;
	case ON_DEVICES:
		n = snprintf(ret, ACCESS_ARN_SIZE, "arn:aws:iam::%s:mfa%s",
		    account, home);
		break;
	}
	if (n < 0 || n >= ACCESS_ARN_SIZE)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "path and name are too long");
	return MFA_OK;
}

static void
name_action(struct question *question)
{
	const char *name = question->op->name;
	const char *service = strcmp(name, "GetSessionToken") == 0 ? "sts"
								   : "iam";

	(void)snprintf(question->action, sizeof(question->action), "%s:%s",
	    service, name);
}

/* Asking logind costs time, and a connection's caller stays where they are. */
static const struct locality *
find_place(struct operation_session *session)
{
	if (!session->has_place)
		session->place = peer_locality(session->peer);
	session->has_place = true;
	return &session->place;
}

/* Everything that does not depend on what MFA there is. */
static enum mfa_code
prepare(struct question *question, struct mfa_error *err)
{
	struct operation_call *call = question->call;
	const struct locality *place = find_place(call->session);
	const struct policy *policy;
	enum mfa_code code;

	code = store_load(call->ctx->store, &call->user, &question->devices,
	    err);
	if (code != MFA_OK && code != MFA_NOT_ENROLLED)
		return code;
	code = endpoint_policy(call->session->endpoint, &policy, err);
	if (code != MFA_OK)
		return code;
	question->access = (struct access){
		.policy = policy,
		.settings = call->ctx->settings,
		.world = call->ctx->world,
		.user = &call->user,
		.rhost = place->host,
		.remote_known = place->known,
		.remote = place->remote,
		.device_count = question->devices.count,
	};
	/* Or a second device could come in beside the first, without MFA. */
	call->held = question->devices.count;
	call->own_ctx = *call->ctx;
	call->own_ctx.held = &call->held;
	call->ctx = &call->own_ctx;
	name_action(question);
	return name_resource(question, err);
}

static enum mfa_code
ask(const struct question *question, const struct access_mfa *mfa,
    struct mfa_error *err)
{
	return access_check(&question->access, question->action,
	    question->resource, mfa, NULL, err);
}

/* Is what was proved with still the user's, or of no device? */
static bool
is_held(const struct question *question, const struct proof *proof)
{
	const struct device *device;

	if (proof->serial[0] == '\0')
		return true;
	device = device_list_find(&question->devices, proof->serial);
	return device != NULL &&
	    memcmp(device->id, proof->device, DEVICE_ID_SIZE) == 0;
}

/*
 * The MFA that there is without a question: an earlier proof of this
 * connection, which is no longer given now, or the login session's.
 */
static void
find_present(const struct question *question, struct access_mfa *ret)
{
	struct operation_session *session = question->call->session;
	const struct world *world = session->ctx->world;
	uint32_t audit = SESSION_UNSET;
	struct mfa_error err;
	int64_t age;

	/* It vouches for nothing any more, a resync neither. */
	if (!is_held(question, &session->proof))
		session->proof = (struct proof){ .kind = PROOF_NONE };
	if (session->proof.kind != PROOF_NONE) {
		age = world->boottime(world->ctx) - session->proved;
		*ret = (struct access_mfa){ .present = true,
			.age = age > 1 ? age : 1,
			.kind = session->proof.kind };
		return;
	}
	if (!peer_audit_session(session->peer, &audit))
		audit = SESSION_UNSET;
	if (presence_find(session->ctx, &question->call->user, audit,
		&question->devices, ret, &err) != MFA_OK)
		log_problem("%s", mfa_error_text(&err));
}

/* Would a proof that the user can give be enough? Only such are asked for. */
static bool
is_worth_asking(const struct question *question)
{
	struct operation_call *call = question->call;
	struct access_mfa mfa = { .present = true };
	const struct device *device;
	struct mfa_error ignored;
	size_t i;

	call->no_codes = call->no_keys = true;
	for (i = 0; i < question->devices.count; i++) {
		device = question->devices.devices[i];
		mfa.kind = proof_of_device(device).kind;
		if (ask(question, &mfa, &ignored) != MFA_OK)
			continue;
		if (device_has_codes(device))
			call->no_codes = false;
		else
			call->no_keys = false;
	}
	return !call->no_codes || !call->no_keys;
}

/* Does it take a proof, for which there is no device? */
static bool
is_for_want_of_device(const struct question *question)
{
	const struct access_mfa given = { .present = true };
	struct mfa_error ignored;

	return question->devices.count == 0 &&
	    ask(question, &given, &ignored) == MFA_OK;
}

static enum mfa_code
decide(struct question *question, struct mfa_error *err)
{
	struct operation_call *call = question->call;
	struct access_mfa mfa = { .present = false };
	char shown[MFA_DETAIL_SIZE + 64];
	enum mfa_code code;

	find_present(question, &mfa);
	code = ask(question, &mfa, err);
	if (code == MFA_ACCESS_DENIED && is_worth_asking(question)) {
		code = authorise_prove(call, call->token_code, err);
		if (code != MFA_OK)
			return code;
		mfa = (struct access_mfa){ .present = true,
			.kind = call->session->proof.kind };
		code = ask(question, &mfa, err);
	}
	if (code != MFA_ACCESS_DENIED)
		return code;
	(void)snprintf(shown, sizeof(shown),
	    "User %s is not authorized to perform: %s%s", call->user.name,
	    question->action,
	    is_for_want_of_device(question)
		? " without MFA, and has no MFA device yet"
		: "");
	return deny(call, shown, err);
}

enum mfa_code
authorise(const struct operation *op, struct operation_call *call,
    struct mfa_error *err)
{
	_cleanup_(question_clear) struct question question = { .op = op,
		.call = call };
	enum mfa_code code;

	if (call->session->uid == 0)
		return MFA_OK;
	if (op->who == WHO_ROOT)
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "Only root may do this");
	if ((code = check_user(call, err)) != MFA_OK)
		return code;
	if ((code = check_path(call, err)) != MFA_OK)
		return code;
	if ((code = check_device(op, call, err)) != MFA_OK)
		return code;
	if (op->on == ON_NOTHING)
		return MFA_OK;
	if ((code = prepare(&question, err)) != MFA_OK)
		return code;
	return decide(&question, err);
}

/* Of a proof that was not given: which way, is for the log. */
static enum mfa_code
refuse_proof(struct operation_call *call, struct mfa_error *err)
{
	switch (err->code) {
	case MFA_OK:
	case MFA_REQUEST_ABORTED:
	case MFA_SERVICE_FAILURE:
	case MFA_SERVICE_UNAVAILABLE:
	case MFA_CONCURRENT_MODIFICATION:
	case MFA_INVALID_CONFIGURATION:
		return err->code;
	case MFA_ACCESS_DENIED:
	case MFA_DELETE_CONFLICT:
	case MFA_ENTITY_ALREADY_EXISTS:
	case MFA_ENTITY_TEMPORARILY_UNMODIFIABLE:
	case MFA_INVALID_AUTHENTICATION_CODE:
	case MFA_INVALID_INPUT:
	case MFA_LIMIT_EXCEEDED:
	case MFA_NO_SUCH_ENTITY:
	case MFA_NOT_ENROLLED:
	case MFA_THROTTLING:
	case MFA_ENROLLMENT_PENDING:
	case MFA_IGNORED:
		break;
	}
	person_round_up(&call->session->person);
	return mfa_error_set(&call->shown, MFA_INVALID_AUTHENTICATION_CODE, 0,
	    "The proof was not accepted. Wait for the next code and try again");
}

static enum mfa_code
obtain(struct operation_call *call, struct signin *signin, const char *typed,
    struct proof *ret, struct mfa_error *err)
{
	struct operation_session *session = call->session;
	const struct log_subject subject = { .operation = "Prove",
		.user = call->user.name,
		.caller = session->uid };
	const struct proving proving = {
		.person = &session->person,
		.ctx = call->ctx,
		.settings = call->ctx->settings,
		.local = !call->no_keys &&
		    peer_is_local(session->peer, call->ctx->settings, NULL,
			NULL, NULL),
		.no_codes = call->no_codes,
		.has_agent = session->has_agent && !call->no_keys,
		.agent = session->agent,
		.subject = &subject,
	};
	struct person person = person_of(&session->person);
	const char *how;
	enum mfa_code code;

	session->person.since = wire_now();
	if (typed != NULL && call->no_codes)
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "a code would not do, by the policy");
	if (typed != NULL)
		return signin_verify(signin, typed, strlen(typed), ret, err);
	/* They may just have typed codes of the one that they are adding. */
	code = person.show(person.ctx, ASK_SENTENCE, err);
	if (code != MFA_OK)
		return code;
	return prove(&proving, signin, ret, &how, err);
}

enum mfa_code
authorise_prove(struct operation_call *call, const char *typed,
    struct mfa_error *err)
{
	struct operation_session *session = call->session;
	const struct world *world = call->ctx->world;
	_cleanup_(signin_freep) struct signin *signin = NULL;
	struct proof proof = { .kind = PROOF_NONE };
	enum mfa_code code;

	code = signin_begin(call->ctx, call->user.name,
	    session->uid == 0 ? LEDGER_LOGIN : LEDGER_USER, &signin, err);
	if (code != MFA_OK)
		return code;
	signin_set_origin(signin, find_place(session)->host);
	code = obtain(call, signin, typed, &proof, err);
	if (code != MFA_OK)
		return refuse_proof(call, err);
	session->proof = proof;
	session->proved = world->boottime(world->ctx);
	return MFA_OK;
}
