/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offset_file.h - the file in which one client of a broadcasting group keeps its offsets
 * (LocalFileOffsetStore.java, MixAll.string2File).
 *
 *     <root>/<client id>/<group>/offsets.json      what holds
 *                                offsets.json.bak  the one before
 *                                offsets.json.tmp  being written
 *                                offsets.json.lock held (flock) while it is open
 *
 * Written: the whole of it to .tmp, which is put on the disk (fsync); offsets.json becomes .bak, .tmp
 * becomes offsets.json, and the folder is put on the disk. At any moment one of the first two is whole.
 * (Java rewrites the file where it stands.)
 *
 * Read: offsets.json; where it is missing, empty or no such text, .bak. Neither is there: nothing is
 * kept yet. One is there, and none can be used: RMQ_ERR_CORRUPT. It cannot be read: RMQ_ERR_IO. (Java
 * takes a file that it cannot read, and a bad one without .bak, for none.)
 *
 * A second process that opens it gets RMQ_ERR_LOCKED: each would write over what the other one has kept.
 * Java does not look at the lock.
 *
 * Thread: one at a time.
 */
#ifndef RMQI_CONSUMER_OFFSET_FILE_H
#define RMQI_CONSUMER_OFFSET_FILE_H

#include <stdbool.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/macros.h"
#include "consumer/offset_table.h"

struct rmqi_offset_file {
	char *path; /* owned: of offsets.json; NULL: not open */
	char *backup;
	char *temporary;
	char *folder;
	int folder_fd;
	int lock_fd;
};

/* Why a step failed. */
struct rmqi_file_failure {
	const char *step; /* "cannot be written" ...; NULL: none did */
	int error;        /* errno */
};

void rmqi_offset_file_init(struct rmqi_offset_file *f);
/* Makes the folders that are missing (mode 0700), takes the lock, and looks whether files can be made there. RMQ_ERR_LOCKED, RMQ_ERR_IO,
 * RMQ_ERR_NO_MEMORY; `detail` tells the path and the cause. */
enum rmq_error rmqi_offset_file_open(struct rmqi_offset_file *f, const char *root,
				     const char *client_id, const char *group,
				     struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Fills the empty table. *is_backup: offsets.json could not be used, .bak could. RMQ_ERR_CORRUPT, RMQ_ERR_IO,
 * RMQ_ERR_NO_MEMORY. */
enum rmq_error rmqi_offset_file_read(const struct rmqi_offset_file *f, struct rmqi_offset_table *t,
				     bool *is_backup,
				     struct rmq_error_detail *detail) RMQI_MUST_USE;
/* True: it is on the disk. False: *why; what was there before holds. */
bool rmqi_offset_file_write(const struct rmqi_offset_file *f, struct rmqi_buf *text,
			    struct rmqi_file_failure *why);
/* "PATH cannot be ...: No space left on device". Returns buf. */
const char *rmqi_file_failure_text(const struct rmqi_file_failure *why, const char *path, char *buf,
				   size_t size);
/* Lets go of the lock. Harmless when it is not open. */
void rmqi_offset_file_close(struct rmqi_offset_file *f);

#endif
