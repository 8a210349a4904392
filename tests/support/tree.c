/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/tree.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, ROOM = 64 };

static bool has(const char *folder, const char *name)
{
	char path[PATH_SIZE + ROOM];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return access(path, F_OK) == 0;
}

/* The nearest folder above this program that has the file. */
static void find_above(char *folder, const char *name)
{
	ssize_t len = readlink("/proc/self/exe", folder, PATH_SIZE - 1);
	char *slash;

	folder[len > 0 ? len : 0] = '\0';
	while ((slash = strrchr(folder, '/')) != NULL) {
		*slash = '\0';
		if (has(folder, name))
			return;
	}
	snprintf(folder, PATH_SIZE, ".");
}

static const char *place(char *folder, const char *variable, const char *name)
{
	const char *given = getenv(variable);

	if (given)
		return given;
	if (!folder[0])
		find_above(folder, name);
	return folder;
}

const char *tree_sources(void)
{
	static char folder[PATH_SIZE];

	return place(folder, "abs_top_srcdir", "configure.ac");
}

const char *tree_built(void)
{
	static char folder[PATH_SIZE];

	return place(folder, "abs_top_builddir", "config.status");
}

const char *tree_mock(void)
{
	static char path[PATH_SIZE + ROOM];
	const char *given = getenv("RMQ_MOCK");

	if (given)
		return given;
	snprintf(path, sizeof(path), "%s/tools/rmq-mock", tree_built());
	return path;
}
