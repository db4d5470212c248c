FROM x.invalid/image:1
