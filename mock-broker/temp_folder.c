/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/temp_folder.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { OPEN_FOLDERS = 16 };

char *mb_temp_folder_new(void)
{
	const char *parent = getenv("TMPDIR");
	char path[4096];

	if (!parent || !parent[0])
		parent = "/tmp";
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
