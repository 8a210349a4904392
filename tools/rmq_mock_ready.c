/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/rmq_mock_ready.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool fail(const char *what)
{
	fprintf(stderr, "rmq-mock: %s cannot be written: %s\n", what, strerror(errno));
	return false;
}

/* Who waits for the file never finds half of it. NULL: nobody does. */
static bool write_file(const char *path, const char *text, size_t len)
{
	char draft[4096];
	FILE *f;
	bool is_written;

	if (!path)
		return true;
	if (snprintf(draft, sizeof(draft), "%s.new", path) >= (int)sizeof(draft)) {
		errno = ENAMETOOLONG;
		return fail(path);
	}
	f = fopen(draft, "w");
	if (!f)
		return fail(path);
	is_written = fwrite(text, 1, len, f) == len;
	is_written = fclose(f) == 0 && is_written && rename(draft, path) == 0;
	return is_written || fail(path);
}

/* The port of the first address and the end of its line: "NAMESRV_ADDR=127.0.0.1:9876;127.0.0.1:9877". */
static bool write_port(const char *path, const char *lines)
{
	char text[16] = "";
	size_t len = strcspn(lines, ";\n");

	while (len > 0 && lines[len - 1] != ':')
		len--;
	snprintf(text, sizeof(text), "%.*s\n", (int)strcspn(lines + len, ";\n"), lines + len);
	return write_file(path, text, strlen(text));
}

static bool write_descriptor(int fd, const char *lines)
{
	char name[32];
	size_t len = strlen(lines);

	while (len > 0) {
		ssize_t n = write(fd, lines, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			snprintf(name, sizeof(name), "descriptor %d", fd);
			return fail(name);
		}
		lines += n;
		len -= (size_t)n;
	}
	close(fd);
	return true;
}

bool ready_tell(const struct rmq_mock_options *o, const char *lines)
{
	int fd = (int)o->number[MB_OPTION_readyFd];

	return write_port(mb_options_text(o, MB_OPTION_portFile), lines) &&
	       write_file(mb_options_text(o, MB_OPTION_readyFile), lines, strlen(lines)) &&
	       (fd == 0 || write_descriptor(fd, lines));
}

void ready_end(const struct rmq_mock_options *o)
{
	const char *const files[] = {mb_options_text(o, MB_OPTION_readyFile),
				     mb_options_text(o, MB_OPTION_portFile)};

	for (size_t i = 0; i < RMQI_COUNT(files); i++)
		if (files[i])
			remove(files[i]);
}
