/* What was found in a file of another module, and what has to be left out. */
#ifndef CLI_IMPORT_LIST_H
#define CLI_IMPORT_LIST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/world.h"

#define IMPORT_TEXT_SIZE	160

struct import_item {
	unsigned	line;		/* of the file, from 1 */
	char		user[USER_NAME_MAX + 1];
	json_t		*device;	/* as ImportDevices takes it, or NULL */
	bool		is_part;	/* left out of a device that is not */
	char		text[IMPORT_TEXT_SIZE];	/* why it is left out */
};

/* {0} is an empty one. */
struct import_list {
	struct import_item	*items;
	size_t			n;
	bool			failed;		/* out of memory */
};

void	import_list_clear(struct import_list *list);

/* Adds DEVICE (taken over; NULL: no memory), on LINE, USER's. */
void	import_list_add(struct import_list *list, unsigned line,
	    const char *user, json_t *device);
/* Adds why a device, or a part of one, is left out. No secret may be in it. */
void	import_list_leave(struct import_list *list, unsigned line,
	    const char *user, const char *fmt, ...) _printf_(4, 5);
void	import_list_leave_part(struct import_list *list, unsigned line,
	    const char *user, const char *fmt, ...) _printf_(4, 5);

#endif
