#include <string.h>

#include "base/text.h"
#include "endpoint/authorise.h"
#include "endpoint/operation.h"
#include "endpoint/peer.h"
#include "store/session.h"

#define DURATION_MIN	 900 /* seconds, as of AWS */
#define DURATION_MAX	 129600
#define DURATION_DEFAULT 43200
#define DURATION_ROOT	 3600 /* at most, and by default */

/* The caller's audit login session, which an MFA session belongs to. */
static enum mfa_code
find_audit(const struct operation_call *call, uint32_t *ret,
    struct mfa_error *err)
{
	uint32_t audit;

	if (!peer_audit_session(call->session->peer, &audit) ||
	    audit == SESSION_UNSET)
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "There is no login session here that an MFA session could "
		    "belong to (pam_loginuid makes one)");
	*ret = audit;
	return MFA_OK;
}

static enum mfa_code
read_duration(const struct operation_call *call, int64_t *ret,
    struct mfa_error *err)
{
	const json_t *value = json_object_get(call->params, "DurationSeconds");
	bool is_root = call->user.uid == 0;
	json_int_t seconds = is_root ? DURATION_ROOT : DURATION_DEFAULT;
	json_int_t max = is_root ? DURATION_ROOT : DURATION_MAX;

	if (value != NULL)
		seconds = json_integer_value(value);
	if (seconds < DURATION_MIN || seconds > max)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "DurationSeconds is %d to %d", DURATION_MIN, (int)max);
	*ret = seconds;
	return MFA_OK;
}

/* The code or tap, of the device that SerialNumber names. */
static enum mfa_code
prove_device(struct operation_call *call, struct mfa_error *err)
{
	const char *serial = param_string(call, "SerialNumber");
	const char *typed = param_string(call, "TokenCode");
	enum mfa_code code;

	code = authorise_prove(call, typed != NULL ? typed : call->token_code,
	    err);
	if (code != MFA_OK)
		return code;
	if (serial == NULL || strcmp(serial, call->session->proof.serial) == 0)
		return MFA_OK;
	return mfa_error_set(err, MFA_INVALID_AUTHENTICATION_CODE, 0,
	    "the proof is not of the device %s", serial);
}

static void
fill_session(const struct operation_call *call, uint32_t audit,
    int64_t seconds, struct session *session)
{
	const struct operation_session *from = call->session;

	session->user = call->user;
	session->audit = audit;
	memcpy(session->device, from->proof.device, DEVICE_ID_SIZE);
	session->proved = from->proved;
	session->expires = from->proved + seconds;
}

/* {"Session": {...}}; times are of the wall clock, as far as it is right. */
static enum mfa_code
describe(const struct operation_call *call, const struct session *session,
    json_t **ret, struct mfa_error *err)
{
	const struct world *world = call->ctx->world;
	int64_t now = world->now(world->ctx);
	int64_t boottime = world->boottime(world->ctx);
	char proved[TEXT_TIME_SIZE], expires[TEXT_TIME_SIZE];

	text_time(now - boottime + session->proved, proved);
	text_time(now - boottime + session->expires, expires);
	return answer(json_pack("{s:{s:s, s:I, s:s, s:s}}", "Session",
			  "UserName", session->user.name, "LoginSession",
			  (json_int_t)session->audit, "MFATime", proved,
			  "Expiration", expires),
	    ret, err);
}

static enum mfa_code
get_token(struct operation_call *call, json_t **ret, struct mfa_error *err)
{
	struct session session = { .audit = SESSION_UNSET };
	int64_t seconds;
	uint32_t audit;
	enum mfa_code code;

	/* All that can be wrong before a code is spent. */
	if ((code = find_audit(call, &audit, err)) != MFA_OK)
		return code;
	if ((code = read_duration(call, &seconds, err)) != MFA_OK)
		return code;
	if ((code = prove_device(call, err)) != MFA_OK)
		return code;
	fill_session(call, audit, seconds, &session);
	strcpy(call->serial, call->session->proof.serial);
	if ((code = session_save(call->ctx->store, &session, err)) != MFA_OK)
		return code;
	return describe(call, &session, ret, err);
}

/* The session of the caller's login session, if it is the caller's. */
static enum mfa_code
find_session(const struct operation_call *call, struct session *ret,
    struct mfa_error *err)
{
	uint32_t audit;
	enum mfa_code code;

	if ((code = find_audit(call, &audit, err)) != MFA_OK)
		return code;
	code = session_load(call->ctx->store, audit, &call->user, ret, err);
	if (code == MFA_NO_SUCH_ENTITY)
		return mfa_error_set(err, code, 0,
		    "there is no MFA session of yours in this login session");
	return code;
}

static enum mfa_code
get_session(struct operation_call *call, json_t **ret, struct mfa_error *err)
{
	struct session session = { .audit = SESSION_UNSET };
	enum mfa_code code;

	if ((code = find_session(call, &session, err)) != MFA_OK)
		return code;
	return describe(call, &session, ret, err);
}

static enum mfa_code
end_session(struct operation_call *call, json_t **ret, struct mfa_error *err)
{
	struct session session = { .audit = SESSION_UNSET };
	enum mfa_code code;

	if ((code = find_session(call, &session, err)) != MFA_OK)
		return code;
	code = session_end(call->ctx->store, session.audit, err);
	return code != MFA_OK ? code : answer(json_object(), ret, err);
}

static const struct param token_params[] = {
	{ "SerialNumber", PARAM_STRING, false },
	{ "TokenCode", PARAM_STRING, false },
	{ "DurationSeconds", PARAM_INTEGER, false },
	{ 0 },
};
static const struct param no_params[] = { { 0 } };

const struct operation operations_session[] = {
	{ "GetSessionToken", USER_CALLER, token_params, get_token,
	    WHO_SELF, ON_USER },
	{ "GetSession", USER_CALLER, no_params, get_session,
	    WHO_SELF, ON_NOTHING },
	{ "EndSession", USER_CALLER, no_params, end_session,
	    WHO_SELF, ON_NOTHING },
	{ 0 },
};
