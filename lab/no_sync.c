/*
 * A library to load before a program: every sync says it was done and does nothing. With it the rig that cuts the
 * power must lose what was acknowledged; if it does not, the rig shows nothing.
 */
#include <stddef.h>
#include <sys/types.h>

int fsync(int file) { (void)file; return 0; }
int fdatasync(int file) { (void)file; return 0; }
int syncfs(int file) { (void)file; return 0; }
int msync(void *start, size_t length, int flags) { (void)start; (void)length; (void)flags; return 0; }
int sync_file_range(int file, off_t from, off_t bytes, unsigned int flags) {
    (void)file; (void)from; (void)bytes; (void)flags; return 0;
}
