#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "fido/library.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Where in the table the address of each function belongs. */
static const struct {
	const char	*name;
	size_t		offset;
} symbols[] = {
#define X(name) { #name, offsetof(struct fido_library, name) },
	FIDO_SYMBOLS(X)
#undef X
};

static struct fido_library library;
static bool loaded;

static void
unloadp(void **handle)
{
	if (*handle != NULL)
		dlclose(*handle);
}

/* Why dlopen(3) or dlsym(3) failed. */
static enum mfa_code
load_failed(struct mfa_error *err)
{
	const char *why = dlerror();

	return mfa_error_set(err, MFA_SERVICE_FAILURE, 0, "%s: %s",
	    FIDO_LIBRARY_NAME, why != NULL ? why : "can't be loaded");
}

static enum mfa_code
resolve(void *handle, struct fido_library *ret, struct mfa_error *err)
{
	size_t i;

	for (i = 0; i < COUNT(symbols); i++) {
		void *address = dlsym(handle, symbols[i].name);

		if (address == NULL)
			return load_failed(err);
		/* ISO C has no cast from an object's to a function's. */
		memcpy((char *)ret + symbols[i].offset, &address,
		    sizeof(address));
	}
	return MFA_OK;
}

enum mfa_code
fido_library_load(const struct fido_library **ret, struct mfa_error *err)
{
	_cleanup_(unloadp) void *handle = NULL;
	struct fido_library found = { 0 };
	enum mfa_code code;

	if (!loaded) {
		handle = dlopen(FIDO_LIBRARY_NAME, RTLD_NOW | RTLD_LOCAL);
		if (handle == NULL)
			return load_failed(err);
		code = resolve(handle, &found, err);
		if (code != MFA_OK)
			return code;
		found.fido_init(0);
		/* Its functions are called until the end: never closed. */
		(void)steal(&handle);
		library = found;
		loaded = true;
	}
	*ret = &library;
	return MFA_OK;
}

/* An object can only be there where the library is. */
void
fido_library_cred_freep(fido_cred_t **cred)
{
	if (*cred != NULL)
		library.fido_cred_free(cred);
}

void
fido_library_assert_freep(fido_assert_t **assertion)
{
	if (*assertion != NULL)
		library.fido_assert_free(assertion);
}

void
fido_library_es256_freep(es256_pk_t **key)
{
	if (*key != NULL)
		library.es256_pk_free(key);
}

void
fido_library_eddsa_freep(eddsa_pk_t **key)
{
	if (*key != NULL)
		library.eddsa_pk_free(key);
}
