import requests
import json

url = "https://api.segmind.com/v1/ovi-i2v"
headers = {
    "x-api-key": "YOUR_API_KEY",
    "Content-Type": "application/json"
}

data = {
    "image": "https://segmind-resources.s3.amazonaws.com/input/b4562d69-c97e-4b64-887c-7dea6d8fbe13-209f6f09-7fc6-47c0-8b6e-128ae75db915-wan-720-ip.png",
    "prompt": "A young woman wearing a white blouse and dark blazer sits in a warmly lit podcast studio, speaking animatedly into a professional microphone. She wears large studio headphones and gestures with enthusiasm while smiling. Behind her, beige acoustic panels and soft backlighting create a cozy, modern atmosphere. A laptop and coffee mug rest on the desk in front of her as she records. She speaks confidently into the mic, articulating, <S>AI is not replacing us—it’s amplifying our creativity.<E>. She leans slightly forward, eyes bright with engagement. <AUDCAP>Clear female voice discussing technology and innovation, with soft studio ambience.<ENDAUDCAP>",
    "audio_negative_prompt": "robotic, muffled, echo, distorted",
    "video_negative_prompt": "jitter, bad hands, blur, distortion"
}

response = requests.post(url, headers=headers, json=data)

if response.status_code == 200:
    result = response.json()
    print(json.dumps(result, indent=2))
else:
    print(f"Error: {response.status_code}")
    print(response.text)
