/* Walking a folder of the store. */
#ifndef STORE_FOLDER_H
#define STORE_FOLDER_H

#include "base/error.h"

/*
 * Calls EACH with every name in the folder FD but "." and "..", in no order,
 * until it returns something other than 0, which is returned. FD's own position
 * stays. EACH may remove what it is called with. NAME is for details.
 *  MFA_SERVICE_FAILURE
 */
enum mfa_code	folder_each(int fd, const char *name,
		    enum mfa_code (*each)(void *ctx, const char *name,
		    struct mfa_error *err), void *ctx, struct mfa_error *err)
		    _must_check_;

#endif
