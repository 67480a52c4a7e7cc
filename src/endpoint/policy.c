#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "endpoint/endpoint.h"

/* The document's text, and what its file was then; neither where absent. */
static enum mfa_code
read_file(const char *path, char **ret_text, size_t *ret_len,
    struct stat *ret_seen, struct mfa_error *err)
{
	_cleanup_(closep) int fd = -1;
	enum mfa_code code;

	code = settings_open(path, &fd, err);
	if (code == MFA_NO_SUCH_ENTITY)
		return MFA_OK;
	if (code != MFA_OK)
		return code;
	if (fstat(fd, ret_seen) == -1)
		return mfa_error_set(err, MFA_INVALID_CONFIGURATION, errno,
		    "%s", path);
	code = file_read_text(fd, path, POLICY_MAX, ret_text, ret_len, err);
	/* Larger than a document may be, a NUL in it, or EIO. */
	return code == MFA_OK ? MFA_OK
			      : (err->code = MFA_INVALID_CONFIGURATION);
}

static enum mfa_code
read_policy(const char *path, struct policy **ret, struct stat *ret_seen,
    struct mfa_error *err)
{
	_cleanup_(freep) char *text = NULL;
	struct mfa_error why;
	struct stat seen = { 0 };
	enum mfa_code code;
	size_t len = 0;

	*err = (struct mfa_error){ .code = MFA_OK };
	if ((code = read_file(path, &text, &len, &seen, err)) != MFA_OK)
		return code;
	if (text == NULL)
		code = policy_parse(policy_default_text,
		    strlen(policy_default_text), ret, &why);
	else
		code = policy_parse(text, len, ret, &why);
	if (code != MFA_OK)
		return mfa_error_set(err, code, why.sys_errno, "%s: %s", path,
		    why.detail);
	*ret_seen = seen;
	return MFA_OK;
}

bool
endpoint_policy_is_current(const struct endpoint *endpoint)
{
	return endpoint->policy != NULL &&
	    file_is_current(&endpoint->policy_seen, endpoint->policy_path);
}

enum mfa_code
endpoint_policy(struct endpoint *endpoint, const struct policy **ret,
    struct mfa_error *err)
{
	_cleanup_(policy_freep) struct policy *policy = NULL;
	enum mfa_code code;

	if (!endpoint_policy_is_current(endpoint)) {
		code = read_policy(endpoint->policy_path, &policy,
		    &endpoint->policy_seen, err);
		policy_freep(&endpoint->policy);
		if (code != MFA_OK)
			return code;
		endpoint->policy = steal(&policy);
	}
	*ret = endpoint->policy;
	return MFA_OK;
}
