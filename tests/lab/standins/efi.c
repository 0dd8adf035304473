/* What iPXE starts in place of a vendor's EFI loader. It says on the serial port

     STANDIN-OPTIONS TEXT        its load options
     STANDIN-FILE NAME SIZE TEXT the files that iPXE shows it, as wimboot looks for them
     STANDIN-GOT URL SIZE        what it fetched, and below it the text: with `-c URL` in the options
                                 it does as ESXi's mboot.efi does, by iPXE's own protocol for
                                 downloads: the list, then the kernel and the modules that the list
                                 names; and what ESXi does later, `ks=URL`
     STANDIN-DONE

   and waits. The layout of the tables is UEFI's (2.10, chapters 4, 9 and 13). */

#include "said.h"

#define EFI __attribute__((ms_abi))
typedef unsigned long long u64;
typedef unsigned short wide;
typedef struct { unsigned int a; unsigned short b, c; unsigned char d[8]; } guid;

struct boot_services {
    char header[24];
    void *before[16];
    u64 (EFI *handle_protocol)(void *handle, guid *which, void **found);
    void *between[20];
    u64 (EFI *locate_protocol)(guid *which, void *registration, void **found);
};

struct system_table {
    char before[96];
    struct boot_services *boot;
};

struct loaded_image {
    char before[24];
    void *device;
    char between[16];
    unsigned int options_size;
    wide *options;
};

struct file {
    u64 revision;
    u64 (EFI *open)(struct file *self, struct file **opened, wide *name, u64 mode, u64 attributes);
    u64 (EFI *close)(struct file *self);
    void *remove;
    u64 (EFI *read)(struct file *self, u64 *size, void *buffer);
};

struct file_info {
    u64 size, file_size, physical_size;
    char times[48];
    u64 attributes;
    wide name[200];
};

struct file_system {
    u64 revision;
    u64 (EFI *open_volume)(struct file_system *self, struct file **root);
};

struct download {
    u64 (EFI *start)(struct download *self, const char *url,
                     u64 (EFI *data)(void *context, void *buffer, u64 size, u64 offset),
                     void (EFI *finish)(void *context, u64 status), void *context, void **file);
    void *abort;
    u64 (EFI *poll)(struct download *self);
};

static char options[4096], list[8192], other[8192], content[64];
static struct file_info info;

struct got { char *into; u64 room, size, status; int is_over; };

static EFI u64 take(void *context, void *buffer, u64 size, u64 offset)
{
    struct got *got = context;
    for (u64 n = 0; n < size; n++)
        if (offset + n < got->room)
            got->into[offset + n] = ((char *)buffer)[n];
    if (size && offset + size > got->size)
        got->size = offset + size;
    return 0;
}

static EFI void finish(void *context, u64 status)
{
    struct got *got = context;
    got->status = status;
    got->is_over = 1;
}

/* A text, ended with a zero; the buffer keeps what it has room for. */
static void fetch(struct download *download, const char *url, char *into, u64 room)
{
    struct got got = {into, room - 1, 0, 0, 0};
    void *file;
    got.status = download->start(download, url, take, finish, &got, &file);
    while (!got.status && !got.is_over)
        download->poll(download);
    say("STANDIN-GOT ");
    say(url);
    say(" ");
    if (got.status)
        say("failed");
    else
        say_number(got.size);
    say("\n");
    into[got.size < room ? got.size : room - 1] = 0;
    say(into);
    say("\n");
}

/* What follows `key` in a text, up to a blank or the end of the line. */
static const char *after(const char *text, const char *key)
{
    for (; *text; text++) {
        const char *a = text, *b = key;
        while (*b && *a == *b)
            a++, b++;
        if (!*b)
            return a;
    }
    return 0;
}

static char *word(char *into, const char *from)
{
    while (from && *from > ' ')
        *into++ = *from++;
    *into = 0;
    return into;
}

static void as_mboot(struct download *download, const char *cfg)
{
    static char url[1024];
    word(url, cfg);
    fetch(download, url, list, sizeof list);
    const char *keys[] = {"\nkernel=", "\nmodules="};
    for (int n = 0; n < 2; n++) {
        const char *at = after(list, keys[n]);
        while (at && *at > '\n') {
            char *end = word(url, after(list, "prefix="));
            if (*at == '/') /* from the root of the server */
                end = url;
            else
                *end++ = '/';
            if (*at != '-' && *at != ' ') {
                word(end, at);
                fetch(download, url, other, sizeof other);
            }
            while (*at > ' ')
                at++;
            while (*at == ' ' || *at == '-')
                at++;
        }
    }
    if (after(options, "ks=")) {
        word(url, after(options, "ks="));
        fetch(download, url, other, sizeof other);
    }
}

static void show_files(struct file *root)
{
    for (;;) {
        u64 size = sizeof info;
        struct file *file;
        if (root->read(root, &size, &info) || !size)
            return;
        say("STANDIN-FILE ");
        for (wide *at = info.name; *at; at++)
            say_one(*at);
        say(" ");
        say_number(info.file_size);
        say(" ");
        size = sizeof content;
        if (!root->open(root, &file, info.name, 1, 0) && !file->read(file, &size, content))
            say_start(content, size);
        say("\n");
    }
}

EFI u64 __attribute__((section(".text.entry"))) entry(void *handle, struct system_table *system)
{
    guid image_guid = {0x5b1b31a1, 0x9562, 0x11d2, {0x8e, 0x3f, 0, 0xa0, 0xc9, 0x69, 0x72, 0x3b}};
    guid fs_guid = {0x964e5b22, 0x6459, 0x11d2, {0x8e, 0x39, 0, 0xa0, 0xc9, 0x69, 0x72, 0x3b}};
    guid ipxe = {0x3eaeaebd, 0xdecf, 0x493b, {0x9b, 0xd1, 0xcd, 0xb2, 0xde, 0xca, 0xe7, 0x19}};
    struct loaded_image *image;
    struct file_system *files;
    struct file *root;
    struct download *download;

    system->boot->handle_protocol(handle, &image_guid, (void **)&image);
    for (unsigned n = 0; n < image->options_size / 2 && n < sizeof options - 1; n++)
        options[n] = image->options[n];
    say("\nSTANDIN-OPTIONS ");
    say(options);
    say("\n");
    if (!system->boot->handle_protocol(image->device, &fs_guid, (void **)&files) &&
        !files->open_volume(files, &root))
        show_files(root);
    const char *cfg = after(options, " -c ");
    if (cfg && !system->boot->handle_protocol(image->device, &ipxe, (void **)&download))
        as_mboot(download, cfg);
    say("STANDIN-DONE\n");
    for (;;)
        __asm__ volatile("hlt");
}
