/* IAM's operations: the table, and one call of one of them. */
#ifndef ENDPOINT_OPERATION_H
#define ENDPOINT_OPERATION_H

#include <sys/types.h>
#include <stdbool.h>

#include <jansson.h>

#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/world.h"
#include "endpoint/endpoint.h"
#include "endpoint/locality.h"
#include "endpoint/person.h"
#include "mfa/context.h"
#include "mfa/proof.h"
#include "store/inventory.h"

#define MAX_ITEMS_DEFAULT	100
#define MAX_ITEMS_MAX		1000

/* What a connection's operations share. */
struct operation_session {
	struct endpoint			*endpoint;
	const struct mfa_context	*ctx;
	const struct peer		*peer;
	uid_t				uid;	/* of the caller */
	struct host_user		self;	/* the caller; not root */
	bool				has_place;
	struct locality			place;	/* where HAS_PLACE: they are */
	/* What the caller has proved with in this connection, and when. */
	struct proof			proof;	/* PROOF_NONE: nothing */
	int64_t				proved;	/* world's boottime */
	struct remote_person		person;	/* the caller */
	bool				has_agent;	/* of the caller's */
	int				agent;	/* where HAS_AGENT; owned */
	struct inventory_import		*import;	/* NULL: none begun */
	size_t				import_rows;
	size_t				import_errors;
};

/* One call. */
struct operation_call {
	struct operation_session	*session;
	const struct mfa_context	*ctx;
	/* The session's, with how many devices the policy was told of. */
	struct mfa_context		own_ctx;
	size_t				held;
	const json_t			*params;	/* object; borrowed */
	/* A code that came with the request, for where a proof is needed. */
	const char			*token_code;	/* NULL: none */
	/* Kinds of proof that the policy would not take. */
	bool				no_codes;
	bool				no_keys;
	struct host_user		user;	/* UserName, or the caller */
	/* Of what was made, for the log, where no parameter says it. */
	char				serial[SERIAL_NUMBER_MAX + 1];
	/* What the caller is told, where the log alone has the whole. */
	struct mfa_error		shown;	/* MFA_OK: the same */
	/* What else the log says of a success; no secret. */
	char				detail[MFA_DETAIL_SIZE];
};

enum param_type { PARAM_STRING, PARAM_INTEGER, PARAM_BOOLEAN, PARAM_LIST };

struct param {
	const char	*name;		/* NULL ends a list */
	enum param_type	type;
	bool		required;
};

/*
 * Whom UserName names: nobody (there is no such parameter), a user of the host,
 * or whose device file that is, whether the host has the user still or not. Or
 * it is always about the caller, and there is no such parameter either.
 */
enum operation_user { USER_NONE, USER_OF_HOST, USER_OF_FILE, USER_CALLER };

/* Who may call it: root alone, or users too, for what is theirs. */
enum operation_who { WHO_ROOT, WHO_SELF };

/* What the policy is asked about, where the caller is not root. */
enum operation_on {
	ON_NOTHING,		/* it is not asked */
	ON_USER,		/* the user's ARN */
	ON_NEW_DEVICE,		/* the ARN that Path and name make */
	ON_DEVICE,		/* SerialNumber */
	ON_DEVICES,		/* all virtual devices under /USER/ */
};

/* The policy's action is "iam:" and the name; GetSessionToken's "sts:". */
struct operation {
	const char		*name;
	enum operation_user	user;
	const struct param	*params;
	/* *ret is a new reference, the caller's. */
	enum mfa_code		(*run)(struct operation_call *call,
				    json_t **ret, struct mfa_error *err);
	enum operation_who	who;
	enum operation_on	on;
};

/* The operation with this name, or NULL. */
const struct operation	*operation_find(const char *name);

/*
 * Are PARAMS an object of what OPERATION takes, each of its type, and all there
 * that must be?
 *  MFA_INVALID_INPUT
 */
enum mfa_code	operation_check(const struct operation *operation,
		    const json_t *params, struct mfa_error *err) _must_check_;

/* A parameter that operation_check() has passed; NULL where it is absent. */
const char	*param_string(const struct operation_call *call,
		    const char *name);

/* SerialNumber. MFA_INVALID_INPUT: outside the pattern. */
enum mfa_code	param_serial(const struct operation_call *call,
		    const char **ret, struct mfa_error *err) _must_check_;

/* A code's digits. MFA_INVALID_AUTHENTICATION_CODE: not of a code's shape. */
enum mfa_code	param_code(const struct operation_call *call, const char *name,
		    struct secret *ret, struct mfa_error *err) _must_check_;

/*
 * Cuts the array ITEMS (taken over) to a page by MaxItems and Marker, and
 * answers {NAME: [...], "IsTruncated": ..., "Marker": ...}.
 *  MFA_INVALID_INPUT    MaxItems or Marker is none
 *  MFA_SERVICE_FAILURE  no memory
 */
enum mfa_code	page(const struct operation_call *call, const char *name,
		    json_t *items, json_t **ret, struct mfa_error *err)
		    _must_check_;

/* MFA_SERVICE_FAILURE where VALUE is NULL (jansson: no memory). */
enum mfa_code	answer(json_t *value, json_t **ret, struct mfa_error *err)
		    _must_check_;

/* json_decref() for _cleanup_. */
void	json_clear(json_t **value);

/* Drops what an import has staged and not committed. */
void	operation_session_clear(struct operation_session *session);

/* The tables of operations_*.c, each ended by a NULL name. */
extern const struct operation operations_enrol[];
extern const struct operation operations_manage[];
extern const struct operation operations_policy[];
extern const struct operation operations_tags[];
extern const struct operation operations_import[];
extern const struct operation operations_import_devices[];
extern const struct operation operations_session[];
extern const struct operation operations_recover[];

#endif
