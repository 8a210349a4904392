/* SPDX-License-Identifier: Apache-2.0 */
/*
 * temp_fs.h - the file system of stores that are removed at the end: as the
 * real one, but nothing is forced to the disk, and nobody looks how full it is. Such a store survives a crash of
 * its broker, not that of the machine, and tests do not wait for a disk.
 *
 * Thread: any, for different files.
 */
#ifndef MB_TEMP_FS_H
#define MB_TEMP_FS_H

#include "mock-broker/store/fs.h"

struct mb_fs mb_temp_fs(void);

#endif
