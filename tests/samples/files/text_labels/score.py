import os
import pickle
import json
import time
import joblib
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

# MOOD
GLAD = "GLAD"
SAD = "SAD"
UNSURE = "UNSURE"
MOOD_LIMITS = (0.4, 0.7)
MAX_WORDS = 300

# Runs once, before the first request
def init():
    global classifier
    global word_counter
    global mood_names
    global stop_words

    # The folder that was registered.
    folder = os.path.join(os.getenv('AZUREML_MODEL_DIR'), './moods')
    # its four files
    classifier = joblib.load(folder + '/classifier.joblib')
    stop_words = joblib.load(folder + '/stop_words.joblib')

    with open(folder + '/word_counter.pkl','rb') as stream:
        word_counter = pickle.load(stream)

    with open(folder + '/mood_names.pkl','rb') as stream:
        mood_names = pickle.load(stream)

# Runs for every request
def run(body):
    try:
        # The request is an object with the text in it.
        # For example {"sentence": "what a day"}
        body = json.loads(body)
        answer = judge(body['sentence'])
        # An object goes back
        return answer
    except Exception as problem:
        text = str(problem)
        return text

# A word for a number
def mood_of(value, with_unsure=True):
    if with_unsure:
        mood = UNSURE
        if value <= MOOD_LIMITS[0]:
            mood = SAD
        elif value >= MOOD_LIMITS[1]:
            mood = GLAD
        return mood
    else:
        return SAD if value < 0.5 else GLAD

# From a sentence to a number
def judge(sentence, with_unsure=True):
    began = time.time()
    # Count words
    words = ' '.join(w for w in sentence.split()[:MAX_WORDS] if w not in stop_words)
    counts = word_counter.transform([words])
    # Judge them
    value = classifier.predict_proba(counts)[0][1]
    # Name it
    mood = mood_of(value, with_unsure=with_unsure)

    return {"mood": mood, "value": float(value),
       "seconds": time.time()-began}
