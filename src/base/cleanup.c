#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"

void
freep(void *ptr)
{
	void **p = ptr;

	free(*p);
	*p = NULL;
}

void
closep(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
	errno = saved;
}
