/* Records of an inventory. */
#ifndef TESTS_INVENTORYTEST_H
#define TESTS_INVENTORYTEST_H

#include "store/inventory.h"
#include "storetest.h"

/* Takes D over. */
enum mfa_code	inventorytest_add(struct storetest *t, struct device *d,
	    const char *owner);
enum mfa_code	inventorytest_look_up(struct storetest *t, const char *serial);
void	inventorytest_path(struct storetest *t, const struct device *d,
	    char path[static PATH_MAX]);

#endif
