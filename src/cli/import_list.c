#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/import_list.h"

void
import_list_clear(struct import_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		json_decref(list->items[i].device);
	free(list->items);
	*list = (struct import_list){ .n = 0 };
}

static struct import_item *
append(struct import_list *list, unsigned line, const char *user)
{
	struct import_item *more, *item;

	more = reallocarray(list->items, list->n + 1, sizeof(*more));
	if (more == NULL) {
		list->failed = true;
		return NULL;
	}
	list->items = more;
	item = &more[list->n++];
	*item = (struct import_item){ .line = line };
	(void)snprintf(item->user, sizeof(item->user), "%s", user);
	return item;
}

void
import_list_add(struct import_list *list, unsigned line, const char *user,
    json_t *device)
{
	struct import_item *item = append(list, line, user);

	if (item == NULL || device == NULL) {
		list->failed = true;
		json_decref(device);
		return;
	}
	item->device = device;
}

void
import_list_leave(struct import_list *list, unsigned line, const char *user,
    const char *fmt, ...)
{
	struct import_item *item = append(list, line, user);
	va_list ap;

	if (item == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(item->text, sizeof(item->text), fmt, ap);
	va_end(ap);
}

void
import_list_leave_part(struct import_list *list, unsigned line,
    const char *user, const char *fmt, ...)
{
	struct import_item *item = append(list, line, user);
	va_list ap;

	if (item == NULL)
		return;
	item->is_part = true;
	va_start(ap, fmt);
	(void)vsnprintf(item->text, sizeof(item->text), fmt, ap);
	va_end(ap);
}
