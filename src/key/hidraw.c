#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/hidraw.h>
#include <string.h>

#include "base/text.h"
#include "key/hidraw.h"

/* Items: tag and type, without the size in the two lowest bits. */
#define ITEM_USAGE_PAGE 0x04
#define ITEM_USAGE	0x08
#define ITEM_COLLECTION 0xa0
#define ITEM_IS_MAIN(i) (((i) & 0x0c) == 0)
#define ITEM_SIZE_BITS	0x03
#define ITEM_LONG	0xfe

#define PAGE_FIDO	       0xf1d0
#define USAGE_CTAPHID	       0x01
#define COLLECTION_APPLICATION 0x01

bool
hidraw_is_fido(const uint8_t *descriptor, size_t len)
{
	uint32_t page = 0, usage = 0, value;
	bool found = false;
	uint8_t item;
	size_t size, i;

	while (len > 0) {
		item = descriptor[0];
		/* 0, 1, 2 or 4 octets */
		size = item & ITEM_SIZE_BITS;
		size += size == ITEM_SIZE_BITS;
		if (item == ITEM_LONG || size >= len)
			return false;
		for (value = 0, i = size; i > 0; i--)
			value = value << 8 | descriptor[i];
		item &= (uint8_t)~ITEM_SIZE_BITS;
		if (item == ITEM_USAGE_PAGE)
			page = value;
		if (item == ITEM_USAGE)
			usage = value;
		if (item == ITEM_COLLECTION &&
		    value == COLLECTION_APPLICATION && page == PAGE_FIDO &&
		    usage == USAGE_CTAPHID)
			found = true;
		/* A usage counts for the next main item only. */
		if (ITEM_IS_MAIN(item))
			usage = 0;
		descriptor += size + 1;
		len -= size + 1;
	}
	return found;
}

static bool
is_fido(int fd)
{
	struct hidraw_report_descriptor descriptor = { 0 };
	int size = 0;

	if (ioctl(fd, HIDIOCGRDESCSIZE, &size) == -1 || size <= 0 ||
	    size > HID_MAX_DESCRIPTOR_SIZE)
		return false;
	descriptor.size = (unsigned)size;
	if (ioctl(fd, HIDIOCGRDESC, &descriptor) == -1)
		return false;
	return hidraw_is_fido(descriptor.value, (size_t)size);
}

/* What the key calls itself, as the kernel keeps it. */
static void
read_product(struct node *node)
{
	char name[KEYMSG_TEXT_MAX + 1] = { 0 };

	if (ioctl(node->fd, HIDIOCGRAWNAME(sizeof(name) - 1), name) == -1)
		name[0] = '\0';
	text_sanitise(node->product, sizeof(node->product), name);
}

static enum keymsg_error
open_failed(const char *path, struct keymsg_answer *answer)
{
	bool gone = errno == ENOENT || errno == ENODEV || errno == ENXIO;

	return answer_fail(answer, gone ? KEY_GONE : KEY_FAILED, "%s: %s", path,
	    strerror(errno));
}

static enum keymsg_error
hidraw_open(struct node *ret, struct keymsg_answer *answer)
{
	_cleanup_(closep) int fd = -1;
	struct stat st;

	fd = open(ret->path,
	    O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return open_failed(ret->path, answer);
	if (fstat(fd, &st) == -1 || !S_ISCHR(st.st_mode))
		return answer_fail(answer, KEY_FAILED,
		    "%s: not a character device", ret->path);
	if (!is_fido(fd))
		return answer_fail(answer, KEY_UNSUPPORTED,
		    "%s: not a FIDO key", ret->path);
	ret->fd = fd;
	read_product(ret);
	fd = -1;
	return KEY_OK;
}

const struct node_source hidraw_source = { "/dev", "hidraw", hidraw_open };
