/* Device files to change and to read. */
#ifndef TESTS_DEVFILETEST_H
#define TESTS_DEVFILETEST_H

#include "store/devfile.h"
#include "storetest.h"

extern const struct secret devfiletest_key;
extern const struct devfile_owner devfiletest_alice;

char	*devfiletest_format(const struct device_list *list,
	    const struct devfile_owner *owner);
enum mfa_code	devfiletest_parse(const char *text, struct device_list *list,
	    struct mfa_error *err);
void	devfiletest_fill(struct device_list *list, unsigned count);
/* A file with COUNT devices. */
char	*devfiletest_sample(unsigned count);
/* TEXT with the first FROM replaced by TO; TEXT is freed. */
char	*devfiletest_change(char *text, const char *from, const char *to);
/* Fails where TEXT is taken, or for another reason than SAYS. TEXT is freed. */
void	devfiletest_refused(char *text, const char *says);

#endif
