/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/temp_folder.h"

#include <ftw.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/mem.h"

enum { OPEN_FOLDERS = 16 };

#define MEMORY_FOLDER "/dev/shm"
#define MEMORY_LEAST (UINT64_C(1) << 30) /* bytes that must be free there */

/* To make and remove the folders of a store takes a disk some ten times as long as all the rest. */
static bool has_memory_folder(void)
{
	struct statvfs v;

	return access(MEMORY_FOLDER, W_OK | X_OK) == 0 && statvfs(MEMORY_FOLDER, &v) == 0 &&
	       (uint64_t)v.f_bavail * v.f_frsize >= MEMORY_LEAST;
}

char *mb_temp_folder_new(void)
{
	const char *parent = getenv("TMPDIR");
	char path[4096];

	if (!parent || !parent[0])
		parent = has_memory_folder() ? MEMORY_FOLDER : "/tmp";
	if (snprintf(path, sizeof(path), "%s/rmq-mock-XXXXXX", parent) >= (int)sizeof(path))
		return NULL;
	return mkdtemp(path) ? rmqi_strdup(path) : NULL;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

void mb_temp_folder_remove(const char *path)
{
	nftw(path, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
}
