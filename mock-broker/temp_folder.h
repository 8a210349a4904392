/* SPDX-License-Identifier: Apache-2.0 */
/*
 * temp_folder.h - a folder for stores that nobody wants to keep.
 *
 * Thread: any.
 */
#ifndef MB_TEMP_FOLDER_H
#define MB_TEMP_FOLDER_H

/* $TMPDIR/rmq-mock-XXXXXX, mode 0700; owned. Without TMPDIR in /dev/shm, where a gigabyte is free there, else in
 * /tmp. NULL: errno tells why. */
char *mb_temp_folder_new(void);
/* Removes everything below, and itself. */
void mb_temp_folder_remove(const char *path);

#endif
