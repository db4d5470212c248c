az ml model register -p ./mood_files -n moods -w shop -g shop-group
