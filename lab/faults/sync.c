/*
 * A library to load before a program (LD_PRELOAD), so that its syncs lie or fail. C, because the program must find
 * these functions where it looks for the C library's own; nothing that is released contains it.
 *
 * FAULT_SYNC_IGNORE=1           every sync does nothing and says that it was done
 * FAULT_SYNC_FAILS_WHEN=FILE    once FILE exists, every sync fails with EIO
 *
 * A page that was not written back is marked clean after a failed fsync, so a second fsync would succeed: nobody may
 * be told that it did. That is why the failure never goes away by itself here either.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

enum verdict { DO, SKIP, FAIL };

static enum verdict verdict(void) {
    const char *trigger = getenv("FAULT_SYNC_FAILS_WHEN");
    int before = errno;
    if (getenv("FAULT_SYNC_IGNORE") != NULL)
        return SKIP;
    if (trigger != NULL && access(trigger, F_OK) == 0) {
        errno = EIO;
        return FAIL;
    }
    errno = before;
    return DO;
}

#define JUDGED(name, type, ...)                                  \
    switch (verdict()) {                                         \
    case SKIP: return 0;                                         \
    case FAIL: return -1;                                        \
    case DO: break;                                              \
    }                                                            \
    return ((type)dlsym(RTLD_NEXT, #name))(__VA_ARGS__)

int fsync(int file) { JUDGED(fsync, int (*)(int), file); }
int fdatasync(int file) { JUDGED(fdatasync, int (*)(int), file); }
int syncfs(int file) { JUDGED(syncfs, int (*)(int), file); }
int msync(void *from, size_t bytes, int flags) { JUDGED(msync, int (*)(void *, size_t, int), from, bytes, flags); }
int sync_file_range(int file, off64_t from, off64_t bytes, unsigned int flags) {
    JUDGED(sync_file_range, int (*)(int, off64_t, off64_t, unsigned int), file, from, bytes, flags);
}
