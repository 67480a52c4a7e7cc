/* EnableMFADevice of a security key: in this machine, or one for SSH. */
#ifndef ENDPOINT_ENABLE_KEY_H
#define ENDPOINT_ENABLE_KEY_H

#include <jansson.h>

#include "base/error.h"
#include "endpoint/operation.h"

/* The operation, once its parameters are known to be those of a key. */
enum mfa_code	enable_key(struct operation_call *call, json_t **ret,
		    struct mfa_error *err) _must_check_;

#endif
