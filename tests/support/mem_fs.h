/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mem_fs.h - a file system in memory, for stores in tests.
 *
 * Each file has two contents: what the process sees (its page cache) and what was
 * synced (the disk). mem_fs_power_cut() throws away the first. Under ASan a small
 * file is a heap block of its exact size, so a read past its end is seen.
 *
 * It also watches over the rule "reserve, then write": a file that was written
 * where nothing was reserved aborts the test when it is unmapped.
 *
 * Thread: one at a time.
 */
#ifndef TESTS_SUPPORT_MEM_FS_H
#define TESTS_SUPPORT_MEM_FS_H

#include <stddef.h>
#include <stdint.h>

#include "base/rand.h"
#include "mock-broker/store/fs.h"

struct mem_fs;

struct mem_fs *mem_fs_new(void);
/* No map may be left. */
void mem_fs_free(struct mem_fs *m);
const struct mb_fs *mem_fs_table(const struct mem_fs *m);

/*
 * What a machine finds after its power came back: synced bytes, files whose name
 * was synced. With `rand`, names may have reached the disk, in the order in which the
 * files were made, and each page of 4096 bytes that was written and not synced
 * may have reached the disk all the same, whole or in some of its 512-byte sectors.
 * No map may be left.
 */
void mem_fs_power_cut(struct mem_fs *m, struct rmqi_rand *rand);

/* A file with these bytes, on the disk too. Replaces one of that name. */
void mem_fs_put(struct mem_fs *m, const char *path, const void *bytes, size_t size);
/* The content, to be read and damaged; NULL when there is no such file. */
uint8_t *mem_fs_bytes(struct mem_fs *m, const char *path, size_t *size);
/* Deletes a file, or a folder with all that is in it. */
void mem_fs_delete(struct mem_fs *m, const char *path);
/* A copy: to try many damages on one store. */
struct mem_fs *mem_fs_copy(const struct mem_fs *m);

#endif
